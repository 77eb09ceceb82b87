"""`/api/warehouses`: looking at warehouses. Changing them is `provisioning`'s part of the same addresses."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router

from oneclick.accounts.bearer import fresh_principal_of, principal_of
from oneclick.accounts.roles import Permission
from oneclick.warehouses import queries, services
from oneclick.warehouses.contract.instance import AccessLevel
from oneclick.warehouses.schemas import CredentialsAnswer, WarehouseAnswer
from oneclick.web.rest import Before, Limit, Page, errors, page

router = Router(tags=["Warehouses"])

WarehouseRef = Annotated[str, Path(description="The warehouse's id or name.")]


@router.get("", response={200: Page[WarehouseAnswer], **errors()}, operation_id="listWarehouses")
def list_warehouses(request: HttpRequest, limit: Limit = 50, before: Before = None) -> Page[WarehouseAnswer]:
    """Your warehouses, newest first, without deleted ones."""
    principal = principal_of(request)
    principal.demand(Permission.VIEW_WAREHOUSES)
    found = queries.warehouses(principal.organisation_id, limit=limit + 1, before=before)
    return page([WarehouseAnswer.of(each) for each in found], limit)


@router.get("/{warehouse}", response={200: WarehouseAnswer, **errors(404)}, operation_id="getWarehouse")
def get_warehouse(request: HttpRequest, warehouse: WarehouseRef) -> WarehouseAnswer:
    """One warehouse; a deleted one can be had by its id."""
    principal = principal_of(request)
    principal.demand(Permission.VIEW_WAREHOUSES)
    return WarehouseAnswer.of(queries.warehouse(principal.organisation_id, warehouse))


@router.get("/{warehouse}/credentials", response={200: CredentialsAnswer, **errors(404)}, operation_id="getCredentials")
def get_credentials(
    request: HttpRequest,
    response: HttpResponse,
    warehouse: WarehouseRef,
    level: Annotated[AccessLevel, Query(description="What the login may do.")] = AccessLevel.READ,
) -> CredentialsAnswer:
    """How to connect, with the secret itself. Admins only; each look is in the audit log."""
    revealed = services.reveal_credentials(fresh_principal_of(request), warehouse, level)
    response["Cache-Control"] = "no-store"
    return CredentialsAnswer.of(revealed, level)
