"""The names of what we make. Roles are visible to everybody on the server, so theirs say nothing but our id."""

from oneclick.warehouses.contract.instance import Installation, Instance, Login

SCHEMAS = ("raw", "staging", "analytics")
BOOK_KEEPING = "oneclick"


def owner_role(instance: Instance) -> str:
    """The group that owns the database and everything in it; write logins are its members."""
    return f"oc_{instance.tag}_owner"


def reader_role(instance: Instance) -> str:
    """The group that may read everything; read logins are its members."""
    return f"oc_{instance.tag}_read"


def login_role(instance: Instance, login: Login) -> str:
    """The role that a client signs in as."""
    return f"oc_{instance.tag}_{login.level.value}_{login.generation}"


def proof(installation: Installation, instance: Instance) -> str:
    """The comment that shows a role to be ours."""
    return f"One-Click DWH: warehouse {instance.tag} of installation {installation.id}"
