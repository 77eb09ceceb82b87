"""What the REST API takes from operators and gives them."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from ninja import Schema
from pydantic import AfterValidator, Field, StringConstraints

from oneclick.accounts.models import OperatorGrant
from oneclick.accounts.schemas import Name, storable
from oneclick.operations.organisations import Tenant
from oneclick.outbound.models import AllowedDestination
from oneclick.outbound.services import LONGEST_REASON
from oneclick.web.rest import Identified, Input

Storable = Annotated[str, AfterValidator(storable)]
Domain = Annotated[Storable, StringConstraints(max_length=253), Field(description='Such as acme.example; "" is none.')]
Email = Annotated[Storable, StringConstraints(min_length=3, max_length=254)]


class TenantAnswer(Identified):
    """An organisation, and how much belongs to it."""

    name: str
    domain: str
    tier: str
    created_at: datetime
    members: int
    admins: int
    warehouses: int

    @classmethod
    def of(cls, found: Tenant) -> Self:
        """As an operator sees it."""
        here = found.organisation
        return cls(
            id=here.id, name=here.name, domain=here.domain or "", tier=here.tier, created_at=here.created_at,
            members=found.members, admins=found.admins, warehouses=found.warehouses,
        )  # fmt: skip


class TenantRequest(Input):
    """An organisation to make."""

    name: Name
    domain: Domain = ""


class DomainRequest(Input):
    """By which e-mail domain sign-in finds the organisation."""

    domain: Domain


class FirstAdminRequest(Input):
    """Who becomes the first admin."""

    email: Email


class FirstAdminMade(Schema):
    """The one-time link, shown this once."""

    url: str
    email: str
    expires_at: datetime


class OperatorAnswer(Schema):
    """Somebody who may act for the whole installation."""

    user_id: UUID
    name: str
    email: str
    granted_by: str
    created_at: datetime

    @classmethod
    def of(cls, found: OperatorGrant) -> Self:
        """From the grant with its user."""
        return cls(
            user_id=found.user_id, name=found.user.name, email=found.user.email, granted_by=found.granted_by,
            created_at=found.created_at,
        )  # fmt: skip


class OperatorRequest(Input):
    """Who becomes an operator."""

    user: Annotated[Email, Field(description="The e-mail address, or the id, of somebody who has signed in here.")]


class ConnectionAnswer(Identified):
    """A destination that may be connected to although it isn't public."""

    destination: str
    reason: str
    made_by: str
    created_at: datetime

    @classmethod
    def of(cls, found: AllowedDestination) -> Self:
        """From the entry of the list."""
        return cls(
            id=found.id, destination=found.destination, reason=found.reason, made_by=found.made_by,
            created_at=found.created_at,
        )  # fmt: skip


class ConnectionRequest(Input):
    """A host with its port, or a private network, to allow."""

    destination: Annotated[Storable, StringConstraints(min_length=1, max_length=300)]
    reason: Annotated[Storable, StringConstraints(max_length=LONGEST_REASON)] = ""
