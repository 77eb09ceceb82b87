"""Wake-ups: "look at this again", carried by procrastinate. Losing the race for one, or getting two, is normal."""

from datetime import datetime

from procrastinate.contrib.django import app

QUEUE = "default"


def wake(task: str, *, at: datetime | None = None, **arguments: str | int) -> None:
    """Ask for a task to run, now or not before `at`. Part of the caller's database transaction."""
    app.configure_task(task, queue=QUEUE, schedule_at=at).defer(**arguments)
