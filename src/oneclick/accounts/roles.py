"""Roles, what each may do, and who is asking."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db import models

from oneclick.core.errors import ErrorKind, OneClickError


class Role(models.TextChoices):
    """A member's role in an organisation."""

    ADMIN = "admin", "Admin"
    MEMBER = "member", "Member"
    READER = "reader", "Read-only"


class Permission(StrEnum):
    """Something that a role may or may not do."""

    VIEW_WAREHOUSES = "view warehouses and jobs"
    PROVISION_WAREHOUSES = "create, change and delete warehouses"
    VIEW_CREDENTIALS = "see and rotate credentials"
    QUERY_DATA = "run read-only SQL"
    LOAD_DATA = "bring in data"
    VIEW_AUDIT = "read the audit log"
    MANAGE_TOKENS = "make and revoke API tokens"


_READER = frozenset({Permission.VIEW_WAREHOUSES, Permission.QUERY_DATA})
_MEMBER = _READER | {Permission.LOAD_DATA}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.READER: _READER,
    Role.MEMBER: _MEMBER,
    Role.ADMIN: frozenset(Permission),
}
"""The one table of rights: pages, API, command line and jobs all ask it."""


class NotAllowed(OneClickError):
    """Your role doesn't allow this."""

    code = "not_allowed"
    kind = ErrorKind.NOT_ALLOWED
    hint = "Ask an admin of your organisation."


class PrincipalKind(StrEnum):
    """Who or what acts."""

    USER = "user"
    TOKEN = "token"  # noqa: S105 - a word, no secret
    OPERATOR = "operator"
    SYSTEM = "system"


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Who asks, in which organisation, with which role. Passed to every service."""

    kind: PrincipalKind
    id: str
    organisation_id: UUID
    role: Role

    @property
    def label(self) -> str:
        """How the audit log names it, such as `operator:root`."""
        return f"{self.kind}:{self.id}"

    def may(self, permission: Permission) -> bool:
        """Whether the role grants it."""
        return permission in GRANTS[self.role]

    def demand(self, permission: Permission) -> None:
        """Raise `NotAllowed` unless the role grants it."""
        if not self.may(permission):
            raise NotAllowed(f"Your role ({self.role.label}) may not {permission.value}.")
