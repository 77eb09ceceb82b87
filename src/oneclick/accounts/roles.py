"""Roles, what each may do, and who is asking."""

from collections.abc import Iterable
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


class Permission(models.TextChoices):
    """Something that a role may or may not do. The value is its stable name, as in a token's scopes."""

    VIEW_WAREHOUSES = "view_warehouses", "view warehouses and jobs"
    PROVISION_WAREHOUSES = "provision_warehouses", "create, change and delete warehouses"
    VIEW_CREDENTIALS = "view_credentials", "see and rotate credentials"
    QUERY_DATA = "query_data", "run read-only SQL"
    LOAD_DATA = "load_data", "bring in data"
    VIEW_MEMBERS = "view_members", "see who belongs to the organisation"
    MANAGE_MEMBERS = "manage_members", "invite people, change roles and remove members"
    MANAGE_ORGANISATION = "manage_organisation", "rename the organisation"
    CHOOSE_PLAN = "choose_plan", "choose the organisation's plan"
    MANAGE_SIGN_IN = "manage_sign_in", "set up how people sign in"
    VIEW_AUDIT = "view_audit", "read the audit log"
    MAKE_TOKENS = "make_tokens", "make and revoke API tokens of one's own"
    MANAGE_TOKENS = "manage_tokens", "make service accounts and revoke anybody's API tokens"


_READER = frozenset(
    {Permission.VIEW_WAREHOUSES, Permission.QUERY_DATA, Permission.VIEW_MEMBERS, Permission.MAKE_TOKENS}
)
_MEMBER = _READER | {Permission.LOAD_DATA}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.READER: _READER,
    Role.MEMBER: _MEMBER,
    Role.ADMIN: frozenset(Permission),
}
"""The one table of rights: pages, API, command line and jobs all ask it."""

OPERATOR_MAY: tuple[str, ...] = (
    "make organisations, link each to its e-mail domain, and make its first admin",
    "say which addresses that aren't public may be connected to",
    "make others operators, and take that back",
    "answer for an identity provider: e-mail addresses are believed where it doesn't say whether it verified them",
)
"""What only an operator may do: a right of the installation, which no role of an organisation implies."""


class NotAllowed(OneClickError):
    """Your role doesn't allow this."""

    code = "not_allowed"
    kind = ErrorKind.NOT_ALLOWED
    hint = "Ask an admin of your organisation."


class NotAnOperator(NotAllowed):
    """This is for operators of the installation."""

    code = "not_an_operator"
    hint = "Whoever runs the machine makes one with: oneclick operator grant E-MAIL"


class PrincipalKind(StrEnum):
    """Who or what acts."""

    USER = "user"
    TOKEN = "token"  # noqa: S105 - a word, no secret
    OPERATOR = "operator"
    SYSTEM = "system"


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Who asks, in which organisation, with which role. Passed to every service.

    `scopes` narrows what the role grants, as a token's do; None leaves it whole. `is_operator` is the right of the
    installation, which no role implies and no token carries.
    """

    kind: PrincipalKind
    id: str
    organisation_id: UUID
    role: Role
    scopes: frozenset[Permission] | None = None
    is_operator: bool = False

    @property
    def label(self) -> str:
        """How the audit log names it, such as `operator:root`."""
        return f"{self.kind}:{self.id}"

    @property
    def permissions(self) -> frozenset[Permission]:
        """All that it may do."""
        return GRANTS[self.role] if self.scopes is None else GRANTS[self.role] & self.scopes

    def may(self, permission: Permission) -> bool:
        """Whether the role grants it, and the scopes leave it in."""
        return permission in self.permissions

    def demand(self, permission: Permission) -> None:
        """Raise `NotAllowed` unless it may."""
        if self.may(permission):
            return
        if permission in GRANTS[self.role]:
            raise NotAllowed(
                f"This token's scopes don't let it {permission.label}.",
                hint=f"Use a token with the scope {permission.value}.",
            )
        raise NotAllowed(f"Your role ({self.role.label}) may not {permission.label}.")

    def demand_operator(self) -> None:
        """Raise `NotAllowed` unless it is an operator of this installation."""
        if not self.is_operator:
            raise NotAnOperator


def lower_of(roles: Iterable[Role]) -> Role:
    """The role that may least."""
    return min(roles, key=lambda role: len(GRANTS[role]))
