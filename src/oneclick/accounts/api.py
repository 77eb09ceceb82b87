"""`/api/account`, `/api/organisation`, `/api/members`, `/api/invitations`, and so on: people, tokens, audit log."""

from enum import StrEnum
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Path, Query, Router, Status

from oneclick.accounts import invitations, members, preferences, queries, services, tokens, trail
from oneclick.accounts.bearer import fresh_principal_of, principal_of
from oneclick.accounts.roles import Permission, Principal
from oneclick.accounts.schemas import (
    AccountAnswer,
    AccountRequest,
    AuditEventAnswer,
    AuditFilter,
    InvitationAnswer,
    InvitationMade,
    InvitationRequest,
    MemberAnswer,
    OrganisationAnswer,
    OrganisationRequest,
    RemovalAnswer,
    RoleRequest,
    ServiceAccountAnswer,
    ServiceAccountRequest,
    TokenAnswer,
    TokenMade,
    TokenRequest,
)
from oneclick.audit.queries import Wanted
from oneclick.web.rest import Before, Limit, Page, errors, page

router = Router(tags=["Team"])
token_router = Router(tags=["Tokens"])
audit_router = Router(tags=["Audit"])

GONE = Status(HTTPStatus.NO_CONTENT, None)
CSV = "text/csv; charset=utf-8"
JSON_LINES = "application/x-ndjson"

MemberRef = Annotated[UUID, Path(description="The member's user id.")]
InvitationRef = Annotated[UUID, Path(description="The invitation's id.")]
TokenRef = Annotated[UUID, Path(description="The token's id.")]
ServiceAccountRef = Annotated[UUID, Path(description="The service account's id.")]


class ExportFormat(StrEnum):
    """What the log is exported as: a table for people, or one JSON object per line for programs."""

    CSV = "csv"
    JSON = "json"


@router.get("/organisation", response={200: OrganisationAnswer, **errors()}, operation_id="getOrganisation")
def get_organisation(request: HttpRequest) -> OrganisationAnswer:
    """Your organisation, and what you may do in it."""
    principal = principal_of(request)
    return OrganisationAnswer.of(queries.organisation(str(principal.organisation_id)), principal)


@router.patch("/organisation", response={200: OrganisationAnswer, **errors(409)}, operation_id="renameOrganisation")
def rename_organisation(request: HttpRequest, wanted: OrganisationRequest) -> OrganisationAnswer:
    """Give your organisation another name."""
    principal = principal_of(request)
    return OrganisationAnswer.of(services.rename_organisation(principal, wanted.name), principal)


@router.get("/account", response={200: AccountAnswer, **errors()}, operation_id="getAccount")
def get_account(request: HttpRequest) -> AccountAnswer:
    """You, if you are a person."""
    return AccountAnswer.of(preferences.person_of(principal_of(request)))


@router.patch("/account", response={200: AccountAnswer, **errors()}, operation_id="changeAccount")
def change_account(request: HttpRequest, wanted: AccountRequest) -> AccountAnswer:
    """Choose the time zone in which times are told to you."""
    person = preferences.person_of(principal_of(request))
    return AccountAnswer.of(preferences.choose_time_zone(person, wanted.time_zone))


@router.get("/members", response={200: Page[MemberAnswer], **errors()}, operation_id="listMembers")
def list_members(request: HttpRequest, limit: Limit = 50, before: Before = None) -> Page[MemberAnswer]:
    """Who belongs to your organisation, the newest user first."""
    here = _here(request, Permission.VIEW_MEMBERS).organisation_id
    return page([MemberAnswer.of(each) for each in queries.members(here, limit=limit + 1, before=before)], limit)


@router.patch("/members/{member}", response={200: MemberAnswer, **errors(404, 409)}, operation_id="changeRole")
def change_role(request: HttpRequest, member: MemberRef, wanted: RoleRequest) -> MemberAnswer:
    """Give a member another role, from the next request on. The last admin keeps it."""
    principal = fresh_principal_of(request)
    members.change_role(principal, member, wanted.role)
    return MemberAnswer.of(queries.member(principal.organisation_id, member))


@router.delete("/members/{member}", response={204: None, **errors(404, 409)}, operation_id="removeMember")
def remove_member(request: HttpRequest, member: MemberRef) -> Status[None]:
    """Take somebody out, with sessions and tokens at once. The last admin stays."""
    members.remove_member(fresh_principal_of(request), member)
    return GONE


@router.get("/removed-members", response={200: Page[RemovalAnswer], **errors()}, operation_id="listRemovedMembers")
def list_removed_members(request: HttpRequest, limit: Limit = 50, before: Before = None) -> Page[RemovalAnswer]:
    """Who was removed or left: an identity provider alone doesn't bring them back."""
    here = _here(request, Permission.MANAGE_MEMBERS).organisation_id
    found = queries.removed_members(here, limit=limit + 1, before=before)
    return page([RemovalAnswer.of(each) for each in found], limit)


@router.delete("/removed-members/{member}", response={204: None, **errors(404)}, operation_id="readmitMember")
def readmit_member(request: HttpRequest, member: MemberRef) -> Status[None]:
    """Let somebody who was removed come in again, with the role that an identity provider or an invitation gives."""
    members.readmit(fresh_principal_of(request), member)
    return GONE


@router.post("/organisation/leave", response={204: None, **errors(404, 409)}, operation_id="leaveOrganisation")
def leave_organisation(request: HttpRequest) -> Status[None]:
    """Leave the organisation yourself; for people, not for tokens. The last admin stays."""
    members.leave(fresh_principal_of(request))
    return GONE


@router.get("/invitations", response={200: Page[InvitationAnswer], **errors()}, operation_id="listInvitations")
def list_invitations(request: HttpRequest, limit: Limit = 50, before: Before = None) -> Page[InvitationAnswer]:
    """Invitations, newest first, whatever became of them."""
    here = _here(request, Permission.MANAGE_MEMBERS).organisation_id
    found = queries.invitations(here, limit=limit + 1, before=before)
    return page([InvitationAnswer.of(each) for each in found], limit)


@router.post("/invitations", response={201: InvitationMade, **errors(409)}, operation_id="invite")
def invite(request: HttpRequest, response: HttpResponse, wanted: InvitationRequest) -> Status[InvitationMade]:
    """Invite one person. The answer holds the link to send; no mail is sent."""
    made = invitations.invite(fresh_principal_of(request), email=wanted.email, role=wanted.role, days=wanted.days)
    response["Cache-Control"] = "no-store"
    url = settings.ONECLICK_ORIGIN + made.path
    return Status(HTTPStatus.CREATED, InvitationMade.with_link(made.invitation, url))


@router.delete("/invitations/{invitation}", response={204: None, **errors(404, 409)}, operation_id="revokeInvitation")
def revoke_invitation(request: HttpRequest, invitation: InvitationRef) -> Status[None]:
    """Take an invitation back: its link works no more."""
    invitations.revoke_invitation(principal_of(request), invitation)
    return GONE


@token_router.get("/tokens", response={200: Page[TokenAnswer], **errors()}, operation_id="listTokens")
def list_tokens(request: HttpRequest, limit: Limit = 50, before: Before = None) -> Page[TokenAnswer]:
    """Your tokens, newest first; for admins those of everybody."""
    found = queries.tokens(principal_of(request), limit=limit + 1, before=before)
    return page([TokenAnswer.of(each) for each in found], limit)


@token_router.post("/tokens", response={201: TokenMade, **errors(404)}, operation_id="createToken")
def create_token(request: HttpRequest, response: HttpResponse, wanted: TokenRequest) -> Status[TokenMade]:
    """Make a token of your own, or for a service account. At no moment may it do more than its owner."""
    made, raw = tokens.issue_token(
        fresh_principal_of(request),
        name=wanted.name,
        role=wanted.role,
        days=wanted.days,
        scopes=wanted.scopes,
        service_account_id=wanted.service_account,
    )
    response["Cache-Control"] = "no-store"
    return Status(HTTPStatus.CREATED, TokenMade.with_token(made, raw.reveal()))


@token_router.delete("/tokens/{token}", response={204: None, **errors(404)}, operation_id="revokeToken")
def revoke_token(request: HttpRequest, token: TokenRef) -> Status[None]:
    """Stop a token from working, now and for good; stopped already is fine."""
    tokens.revoke_token(principal_of(request), str(token))
    return GONE


@token_router.get(
    "/service-accounts", response={200: list[ServiceAccountAnswer], **errors()}, operation_id="listServiceAccounts"
)
def list_service_accounts(request: HttpRequest) -> list[ServiceAccountAnswer]:
    """The accounts of programs, by name."""
    here = _here(request, Permission.MANAGE_TOKENS).organisation_id
    return [ServiceAccountAnswer.of(each) for each in queries.service_accounts(here)]


@token_router.post(
    "/service-accounts", response={201: ServiceAccountAnswer, **errors(409)}, operation_id="createServiceAccount"
)
def create_service_account(request: HttpRequest, wanted: ServiceAccountRequest) -> Status[ServiceAccountAnswer]:
    """Make an account for a program. Its tokens may do at most what its role may."""
    made = tokens.create_service_account(principal_of(request), name=wanted.name, role=wanted.role)
    return Status(HTTPStatus.CREATED, ServiceAccountAnswer.of(made))


@token_router.delete(
    "/service-accounts/{service_account}", response={204: None, **errors(404)}, operation_id="removeServiceAccount"
)
def remove_service_account(request: HttpRequest, service_account: ServiceAccountRef) -> Status[None]:
    """Remove a program's account, and with it all its tokens."""
    tokens.remove_service_account(fresh_principal_of(request), service_account)
    return GONE


@audit_router.get("", response={200: Page[AuditEventAnswer], **errors()}, operation_id="listAuditEvents")
def list_audit_events(
    request: HttpRequest, filters: Query[AuditFilter], limit: Limit = 50, before: Before = None
) -> Page[AuditEventAnswer]:
    """Who did what in your organisation, newest first."""
    found = trail.lines(principal_of(request), filters.wanted(), limit=limit + 1, before=before)
    return page([AuditEventAnswer.of(line) for line in found], limit)


_EXPORTED = {"content": {CSV: {"schema": {"type": "string"}}, JSON_LINES: {"schema": {"type": "string"}}}}


@audit_router.get(
    "/export",
    response={200: str, **errors()},
    operation_id="exportAuditEvents",
    openapi_extra={"responses": {200: _EXPORTED}},
)
def export_audit_events(
    request: HttpRequest,
    filters: Query[AuditFilter],
    wanted: Annotated[ExportFormat, Query(alias="format", description="A table, or JSON, one object per line.")] = (
        ExportFormat.CSV
    ),
) -> StreamingHttpResponse:
    """The whole log as a file, as it comes. That you took it is written down, too."""
    return exported(principal_of(request), filters.wanted(), wanted)


def exported(principal: Principal, wanted: Wanted, kind: ExportFormat) -> StreamingHttpResponse:
    """The log as a download, for the REST API and for the page."""
    write, content_type, ending = {
        ExportFormat.CSV: (trail.as_csv, CSV, "csv"),
        ExportFormat.JSON: (trail.as_json_lines, JSON_LINES, "jsonl"),
    }[kind]
    answer = StreamingHttpResponse(write(principal, wanted), content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="audit.{ending}"'
    answer["Cache-Control"] = "no-store"
    return answer


def _here(request: HttpRequest, permission: Permission) -> Principal:
    principal = principal_of(request)
    principal.demand(permission)
    return principal
