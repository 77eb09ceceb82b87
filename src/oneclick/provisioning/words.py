"""What jobs and their steps are called, for people. Needs no Django."""

DOING = {
    "create": "Setting up {}",
    "update": "Repairing {}",
    "rotate": "Rotating the credentials of {}",
    "destroy": "Deleting {}",
    "check": "Checking {}",
}
"""What a job that hasn't ended does to a warehouse."""

ASKED = {
    "create": "Set up {}",
    "update": "Repair {}",
    "rotate": "Rotate the credentials of {}",
    "destroy": "Delete {}",
    "check": "Check {}",
}
"""What a job was asked to do."""

DONE = {
    "create": "{} is ready",
    "update": "{} is as we made it again",
    "rotate": "{} has new credentials",
    "destroy": "{} is deleted",
    "check": "{} was checked",
}
"""What a job that ended well has done."""

STATE_OF_JOB = {
    "pending": "busy", "running": "busy", "waiting": "warn", "success": "ok", "failed": "bad", "cancelled": "off",
}  # fmt: skip
STATE_OF_WAREHOUSE = {"creating": "busy", "active": "ok", "suspended": "warn", "failed": "bad", "deleted": "off"}
STATE_OF_STEP = {
    "done": "ok", "running": "busy", "waiting": "warn", "failed": "bad", "blocked": "bad", "planned": "next",
}  # fmt: skip
"""Our states → those of the kit's badges and lists."""
