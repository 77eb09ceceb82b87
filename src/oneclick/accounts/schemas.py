"""What the REST API takes and gives about organisations, members, invitations, tokens and the audit log."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from oneclick.accounts.invitations import INVITATION_DAYS, INVITATION_DAYS_MAX
from oneclick.accounts.models import ApiToken, Invitation, Membership, Organisation, Removal, ServiceAccount
from oneclick.accounts.roles import Permission, Principal, Role
from oneclick.accounts.tokens import TOKEN_DAYS_MAX
from oneclick.accounts.trail import Line
from oneclick.accounts.users.models import User
from oneclick.audit.queries import Wanted
from oneclick.web.rest import Identified, Input

_EARLIEST = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
_LATEST = datetime.fromisoformat("2200-01-01T00:00:00+00:00")


def storable(text: str) -> str:
    """A text that PostgreSQL can hold; raises ValueError."""
    if "\x00" in text:
        raise ValueError("it must not contain the character NUL")
    return text


Moment = Annotated[AwareDatetime, Field(ge=_EARLIEST, le=_LATEST)]
Sought = Annotated[str, StringConstraints(max_length=200), AfterValidator(storable)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class AccountAnswer(Schema):
    """The person who asks."""

    user_id: UUID
    name: str
    email: str
    time_zone: Annotated[str, Field(description='In which times are told; "" leaves it to each browser.')]

    @classmethod
    def of(cls, user: User) -> Self:
        """From the user."""
        return cls(user_id=user.id, name=user.name, email=user.email, time_zone=user.time_zone)


class AccountRequest(Input):
    """What a person chooses for themselves."""

    time_zone: Annotated[
        str,
        StringConstraints(max_length=64),
        AfterValidator(storable),
        Field(description="Such as Europe/Berlin; empty leaves it to each browser."),
    ]


class OrganisationAnswer(Schema):
    """Your organisation, and what you may do in it."""

    id: UUID
    name: str
    domain: str
    tier: str
    created_at: datetime
    role: Role
    permissions: Annotated[list[Permission], Field(description="All that you may do, by name.")]

    @classmethod
    def of(cls, found: Organisation, principal: Principal) -> Self:
        """As the caller sees it."""
        return cls(
            id=found.id,
            name=found.name,
            domain=found.domain or "",
            tier=found.tier,
            created_at=found.created_at,
            role=principal.role,
            permissions=sorted(principal.permissions),
        )


class OrganisationRequest(Input):
    """What to change."""

    name: Name


class MemberAnswer(Identified):
    """Somebody who belongs to the organisation."""

    name: str
    email: str
    role: Role
    joined_at: datetime
    last_sign_in_at: datetime | None

    @classmethod
    def of(cls, found: Membership) -> Self:
        """`id` is the user's."""
        return cls(
            id=found.user_id,
            name=found.user.name,
            email=found.user.email,
            role=Role(found.role),
            joined_at=found.created_at,
            last_sign_in_at=found.user.last_login,
        )


class RemovalAnswer(Identified):
    """Somebody who was removed, or left."""

    user_id: UUID
    name: str
    email: str
    removed_by: str
    removed_at: datetime

    @classmethod
    def of(cls, found: Removal) -> Self:
        """As it is stored; `user_id` is whom to let in again."""
        return cls(
            id=found.id,
            user_id=found.user_id,
            name=found.user.name,
            email=found.user.email,
            removed_by=found.removed_by,
            removed_at=found.removed_at,
        )


class RoleRequest(Input):
    """The role to give."""

    role: Role


class InvitationRequest(Input):
    """Whom to invite."""

    email: Annotated[str, Field(min_length=3, max_length=254)]
    role: Role = Role.READER
    days: Annotated[int, Field(ge=1, le=INVITATION_DAYS_MAX, description="How long the link works.")] = INVITATION_DAYS


class InvitationAnswer(Identified):
    """An invitation, without its link."""

    email: str
    role: Role
    state: Literal["open", "accepted", "revoked", "expired"]
    invited_by: str
    created_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, found: Invitation) -> Self:
        """What became of it is told as of now."""
        return cls(**_invitation(found))


class InvitationMade(InvitationAnswer):
    """A fresh invitation, with its link."""

    url: Annotated[str, Field(description="The link to send. It is shown this once and never again.")]

    @classmethod
    def with_link(cls, found: Invitation, url: str) -> Self:
        """The only answer that holds the link."""
        return cls(**_invitation(found), url=url)


class TokenRequest(Input):
    """The token to make."""

    name: Name
    role: Role = Role.READER
    days: Annotated[int, Field(ge=1, le=TOKEN_DAYS_MAX)] = 30
    scopes: Annotated[
        list[Permission] | None, Field(description="All that it may do; leave it out for all that the role may.")
    ] = None
    service_account: Annotated[
        UUID | None, Field(description="Whose token it is; leave it out for one of your own.")
    ] = None


class TokenAnswer(Identified):
    """A token, without itself."""

    name: str
    prefix: Annotated[str, Field(description="How it starts.")]
    role: Role
    scopes: list[Permission] | None
    user_id: UUID | None
    service_account_id: UUID | None
    state: Literal["valid", "expired", "revoked"]
    made_by: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, found: ApiToken) -> Self:
        """Its state is told as of now."""
        return cls(**_token(found))


class TokenMade(TokenAnswer):
    """A fresh token."""

    token: Annotated[str, Field(description="The token itself. It is shown this once and never again.")]

    @classmethod
    def with_token(cls, found: ApiToken, raw: str) -> Self:
        """The only answer that holds the token."""
        return cls(**_token(found), token=raw)


class ServiceAccountRequest(Input):
    """The account to make."""

    name: Name
    role: Role = Role.READER


class ServiceAccountAnswer(Identified):
    """A program's account."""

    name: str
    role: Role
    made_by: str
    created_at: datetime

    @classmethod
    def of(cls, found: ServiceAccount) -> Self:
        """As it is stored."""
        return cls(
            id=found.id,
            name=found.name,
            role=Role(found.role),
            made_by=found.made_by,
            created_at=found.created_at,
        )


class AuditEventAnswer(Identified):
    """One thing that somebody did."""

    at: datetime
    actor: Annotated[str, Field(description="Who: `user:<id>`, `token:<id>`, `operator:<system user>`, `system:…`.")]
    actor_name: Annotated[str, Field(description="What the actor is called now; empty where that is unknown.")]
    action: str
    target_kind: str
    target_id: str
    detail: dict[str, Any]
    correlation_id: str
    address: Annotated[str, Field(description="Where the request came from; empty for what no request did.")]

    @classmethod
    def of(cls, line: Line) -> Self:
        """With the name as of now."""
        return cls.model_validate(line.facts())


class AuditFilter(Schema):
    """Which events; what is left out doesn't narrow."""

    actor: Annotated[Sought, Field(description="Who, as in the answers.")] = ""
    action: Annotated[Sought, Field(description="Such as `warehouse.created`, or only `warehouse`.")] = ""
    target_kind: Sought = ""
    target_id: Sought = ""
    correlation_id: Annotated[Sought, Field(description="All that one request led to.")] = ""
    address: Annotated[Sought, Field(description="Where the request came from.")] = ""
    since: Annotated[Moment | None, Field(description="From this moment on.")] = None
    until: Annotated[Moment | None, Field(description="Before this moment.")] = None

    def wanted(self) -> Wanted:
        """As the log's queries take it."""
        return Wanted(**self.model_dump())


def _invitation(found: Invitation) -> dict[str, Any]:
    names = ("id", "email", "role", "invited_by", "created_at", "expires_at")
    return {name: getattr(found, name) for name in names} | {"state": found.state()}


def _token(found: ApiToken) -> dict[str, Any]:
    names = (
        *("id", "name", "prefix", "role", "scopes", "user_id", "service_account_id", "made_by"),
        *("created_at", "expires_at", "last_used_at", "revoked_at"),
    )
    return {name: getattr(found, name) for name in names} | {"state": found.state()}
