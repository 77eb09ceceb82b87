"""`/api/operator`: the whole installation. It takes the session of an operator who is signed in, and no token."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Path, Router, Status

from oneclick.accounts import operators
from oneclick.accounts.bearer import OperatorAuth, fresh_operator_of, operator_of
from oneclick.accounts.services import set_domain
from oneclick.operations import organisations
from oneclick.operations.schemas import (
    ConnectionAnswer,
    ConnectionRequest,
    DomainRequest,
    FirstAdminMade,
    FirstAdminRequest,
    OperatorAnswer,
    OperatorRequest,
    TenantAnswer,
    TenantRequest,
)
from oneclick.outbound import services as outbound
from oneclick.web.rest import Before, Limit, Page, errors, page

router = Router(tags=["Installation"], auth=OperatorAuth())

GONE = Status(HTTPStatus.NO_CONTENT, None)
OrganisationRef = Annotated[UUID, Path(description="The organisation's id.")]
UserRef = Annotated[UUID, Path(description="The operator's user id.")]
ConnectionRef = Annotated[UUID, Path(description="The entry's id.")]


@router.get("/organisations", response={200: Page[TenantAnswer], **errors()}, operation_id="listOrganisations")
def list_organisations(request: HttpRequest, limit: Limit = 50, before: Before = None) -> Page[TenantAnswer]:
    """Every organisation, the newest first."""
    operator_of(request)
    return page([TenantAnswer.of(each) for each in organisations.tenants(limit=limit + 1, before=before)], limit)


@router.post("/organisations", response={201: TenantAnswer, **errors(409)}, operation_id="addOrganisation")
def add_organisation(request: HttpRequest, wanted: TenantRequest) -> Status[TenantAnswer]:
    """Make an organisation, empty and without an admin."""
    made = organisations.add(fresh_operator_of(request), wanted.name, wanted.domain)
    return Status(HTTPStatus.CREATED, TenantAnswer.of(organisations.tenant(made.id)))


@router.get("/organisations/{tenant}", response={200: TenantAnswer, **errors(404)}, operation_id="getTenant")
def get_organisation(request: HttpRequest, tenant: OrganisationRef) -> TenantAnswer:
    """One organisation."""
    operator_of(request)
    return TenantAnswer.of(organisations.tenant(tenant))


@router.put(
    "/organisations/{tenant}/domain", response={200: TenantAnswer, **errors(404, 409)}, operation_id="setDomain"
)
def put_domain(request: HttpRequest, tenant: OrganisationRef, wanted: DomainRequest) -> TenantAnswer:
    """Set the e-mail domain by which the sign-in page finds the organisation."""
    changed = set_domain(tenant, wanted.domain, actor=fresh_operator_of(request).label)
    return TenantAnswer.of(organisations.tenant(changed.id))


@router.post(
    "/organisations/{tenant}/first-admin",
    response={201: FirstAdminMade, **errors(404, 409)},
    operation_id="makeFirstAdmin",
)
def make_first_admin(
    request: HttpRequest, response: HttpResponse, tenant: OrganisationRef, wanted: FirstAdminRequest
) -> Status[FirstAdminMade]:
    """Make a one-time link for the first admin, of an organisation that has none. No mail is sent."""
    made = organisations.make_first_admin(fresh_operator_of(request), tenant, wanted.email)
    response["Cache-Control"] = "no-store"
    url = f"{settings.ONECLICK_ORIGIN}{made.path}"
    return Status(HTTPStatus.CREATED, FirstAdminMade(url=url, email=made.link.email, expires_at=made.link.expires_at))


@router.get("/operators", response={200: list[OperatorAnswer], **errors()}, operation_id="listOperators")
def list_operators(request: HttpRequest) -> list[OperatorAnswer]:
    """Who may act for the whole installation, the first one first."""
    operator_of(request)
    return [OperatorAnswer.of(each) for each in operators.operators()]


@router.post("/operators", response={201: OperatorAnswer, **errors(404)}, operation_id="grantOperator")
def grant_operator(request: HttpRequest, wanted: OperatorRequest) -> Status[OperatorAnswer]:
    """Make somebody who has signed in once an operator; one already is fine."""
    operator = fresh_operator_of(request)
    made = operators.grant(operators.user_named(wanted.user), actor=operator.label)
    return Status(HTTPStatus.CREATED, OperatorAnswer.of(made))


@router.delete("/operators/{user}", response={204: None, **errors(404, 409)}, operation_id="takeBackOperator")
def take_back_operator(request: HttpRequest, user: UserRef) -> Status[None]:
    """Make somebody an operator no more, from the next request on. The last one stays."""
    operator = fresh_operator_of(request)
    operators.take_back(operators.user_named(str(user)), actor=operator.label, leave_one=True)
    return GONE


@router.get("/connections", response={200: list[ConnectionAnswer], **errors()}, operation_id="listConnections")
def list_connections(request: HttpRequest) -> list[ConnectionAnswer]:
    """What may be connected to although it isn't public, but for what the installation's settings allow."""
    operator_of(request)
    return [ConnectionAnswer.of(each) for each in outbound.allowed()]


@router.post("/connections", response={201: ConnectionAnswer, **errors()}, operation_id="allowConnection")
def allow_connection(request: HttpRequest, wanted: ConnectionRequest) -> Status[ConnectionAnswer]:
    """Allow a host with its port, or a private network; what is allowed already stays as it is."""
    operator = fresh_operator_of(request)
    made = outbound.allow(wanted.destination, actor=operator.label, reason=wanted.reason)
    return Status(HTTPStatus.CREATED, ConnectionAnswer.of(made))


@router.delete("/connections/{connection}", response={204: None, **errors(404)}, operation_id="forgetConnection")
def forget_connection(request: HttpRequest, connection: ConnectionRef) -> Status[None]:
    """Take an entry off the list: new connections are refused."""
    outbound.forget_entry(connection, actor=fresh_operator_of(request).label)
    return GONE
