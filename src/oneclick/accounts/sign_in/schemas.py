"""What the REST API takes and gives about identity providers. A client secret goes in and never comes out."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from ninja import Schema
from pydantic import AfterValidator, Field, SecretStr, WithJsonSchema

from oneclick.accounts.roles import Role
from oneclick.accounts.sign_in.attempts import redirect_uri
from oneclick.accounts.sign_in.discovery import Endpoints
from oneclick.accounts.sign_in.models import IdentityProvider, ProviderKind
from oneclick.accounts.sign_in.presets import OFFERED
from oneclick.accounts.sign_in.providers import GROUPS_MAX, SECRET_MAX, ProviderInput
from oneclick.core.secrets import SecretText
from oneclick.web.rest import Identified, Input


def _offered(kind: ProviderKind) -> ProviderKind:
    if kind not in OFFERED:
        raise ValueError("the demo's own provider can't be chosen")
    return kind


Kind = Annotated[
    ProviderKind,
    AfterValidator(_offered),
    WithJsonSchema({"type": "string", "enum": [kind.value for kind in OFFERED]}),
]
Where = Annotated[
    str,
    Field(
        min_length=1,
        max_length=255,
        description="Entra ID's tenant id, Google's Workspace domain, Okta's domain, Keycloak's realm address, or the "
        "issuer.",
    ),
]
ClientId = Annotated[str, Field(min_length=1, max_length=255)]
ClientSecret = Annotated[
    SecretStr,
    Field(min_length=1, max_length=SECRET_MAX, description="It is stored encrypted, and no answer ever holds it."),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": SECRET_MAX, "writeOnly": True}),
]
GroupClaim = Annotated[str, Field(min_length=1, max_length=100, description="The claim that holds groups or roles.")]
RolesByGroup = Annotated[
    dict[str, Role], Field(max_length=GROUPS_MAX, description="Group → role. Where it isn't empty, groups decide.")
]
DefaultRole = Annotated[
    Literal["member", "reader"] | None,
    Field(description="What becomes of those who are in none of the groups; none: they stay outside."),
]


class ProviderRequest(Input):
    """The identity provider to set up."""

    kind: Kind
    where: Where
    client_id: ClientId
    client_secret: ClientSecret
    group_claim: GroupClaim = "groups"
    roles_by_group: RolesByGroup = Field(default_factory=dict)
    default_role: DefaultRole = None

    def given(self) -> ProviderInput:
        """As the service takes it."""
        return ProviderInput(**_fields(self.model_dump()))


class ProviderChange(Input):
    """What to change; what is left out stays. Another address needs its own client secret."""

    where: Where | None = None
    client_id: ClientId | None = None
    client_secret: ClientSecret | None = None
    group_claim: GroupClaim | None = None
    roles_by_group: RolesByGroup | None = None
    default_role: DefaultRole = None

    def given(self, found: IdentityProvider) -> ProviderInput:
        """As the service takes it, over what is stored."""
        stored = {name: getattr(found, name) for name in ("client_id", "group_claim", "roles_by_group")}
        stored |= {"kind": found.kind, "where": found.tenant or found.issuer, "default_role": found.default_role}
        said = {
            name: value
            for name, value in self.model_dump(exclude_unset=True).items()
            if value is not None or name == "default_role"
        }
        return ProviderInput(**_fields({**stored, **said}))


class ProviderAnswer(Identified):
    """An identity provider, without its client secret."""

    kind: ProviderKind
    issuer: str
    tenant: Annotated[str, Field(description="What its tokens must name beside the issuer; empty: nothing.")]
    client_id: str
    group_claim: str
    roles_by_group: dict[str, Role]
    default_role: Role | None
    redirect_uri: Annotated[str, Field(description="To be entered at the provider, exactly so.")]
    is_enforced: Annotated[bool, Field(description="Whether the organisation is entered through it alone.")]
    proved_at: Annotated[
        datetime | None, Field(description="When somebody first signed in through it as it is now; needed to enforce.")
    ]
    created_at: datetime

    @classmethod
    def of(cls, found: IdentityProvider) -> Self:
        """As it is stored."""
        names = ("id", "kind", "issuer", "tenant", "client_id", "group_claim", "roles_by_group", "is_enforced")
        facts: dict[str, Any] = {name: getattr(found, name) for name in (*names, "proved_at", "created_at")}
        return cls(
            **facts,
            default_role=Role(found.default_role) if found.default_role else None,
            redirect_uri=redirect_uri(found),
        )


class ConnectionAnswer(Schema):
    """What a provider said of itself, just now. Its keys were fetched, too."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    is_proved: Annotated[
        bool, Field(description="Whether somebody signed in through it as it is now: only a browser can.")
    ]

    @classmethod
    def of(cls, found: Endpoints, provider: IdentityProvider) -> Self:
        """As it was found."""
        return cls(
            issuer=found.issuer,
            authorization_endpoint=found.authorization,
            token_endpoint=found.token,
            jwks_uri=found.keys,
            is_proved=provider.proved_at is not None,
        )


def _fields(said: dict[str, Any]) -> dict[str, Any]:
    secret, role = said.get("client_secret"), said["default_role"]
    return {
        **said,
        "kind": ProviderKind(said["kind"]),
        "client_secret": SecretText(secret.get_secret_value() if secret else ""),
        "roles_by_group": {group: Role(each) for group, each in said["roles_by_group"].items()},
        "default_role": Role(role) if role else None,
    }
