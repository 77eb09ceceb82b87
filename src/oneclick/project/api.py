"""The root of the REST API: who may call it, its errors, and the features' routers."""

from enum import Enum

import structlog
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.renderers import JSONRenderer
from ninja.responses import NinjaJSONEncoder

from oneclick.accounts import api as accounts
from oneclick.accounts.bearer import SessionAuth, TokenAuth
from oneclick.accounts.errors import Unauthenticated
from oneclick.accounts.sign_in import api as sign_in
from oneclick.billing import api as billing
from oneclick.core.errors import InternalError, OneClickError
from oneclick.notifications import api as notifications
from oneclick.operations import api as operations
from oneclick.pipelines import api as pipelines
from oneclick.pipelines import connectors_api, flow_api
from oneclick.project.answers import refusal
from oneclick.project.faults import as_fault
from oneclick.provisioning import api as provisioning
from oneclick.queries import api as queries
from oneclick.warehouses import accounts_api
from oneclick.warehouses import api as warehouses
from oneclick.web.rest import FieldProblem, InvalidRequest

log = structlog.get_logger(__name__)

DESCRIPTION = """
Everything that the pages and the command line do, with the same rights.

Send `Authorization: Bearer <token>`; make a token with `oneclick token create`. Every error has the same shape, with a
stable `code`. Send `X-Correlation-ID` to find your request in logs and in the audit log; the answer carries it back.
What changes something answers 202 with the job in `Location`: follow it there, or as server-sent events at
`/events/jobs/{id}`. Send `Idempotency-Key` to be safe when you repeat such a request.
"""


class _Encoder(NinjaJSONEncoder):
    def default(self, o: object) -> object:
        """Ninja writes an enum's name with its class; we promise its value."""
        return o.value if isinstance(o, Enum) else super().default(o)


class _Renderer(JSONRenderer):
    encoder_class = _Encoder


api = NinjaAPI(
    title="One-Click DWH",
    version="1",
    description=DESCRIPTION,
    docs_url="/docs",
    openapi_url="/openapi.json",
    auth=[TokenAuth(), SessionAuth()],
    urls_namespace="api",
    renderer=_Renderer(),
)
api.add_router("/plans", provisioning.plans)
api.add_router("/warehouses", warehouses.router)
api.add_router("/providers", accounts_api.providers)
api.add_router("/account-links", accounts_api.links)
api.add_router("/jobs", provisioning.jobs)
api.add_router("/warehouses", queries.warehouses)
api.add_router("/queries", queries.queries)
api.add_router("/warehouses", pipelines.router)
api.add_router("/flow-templates", flow_api.templates)
api.add_router("/flows", flow_api.flows)
api.add_router("/flow-runs", flow_api.runs)
api.add_router("/connectors", connectors_api.router)
api.add_router("", accounts.router)
api.add_router("", accounts.token_router)
api.add_router("", billing.router)
api.add_router("/operator", operations.router)
api.add_router("/operator/connectors", connectors_api.operator_router)
api.add_router("/operator/mail", notifications.operator_router)
api.add_router("/notifications", notifications.router)
api.add_router("/audit", accounts.audit_router)
api.add_router("/identity-providers", sign_in.router)


@api.exception_handler(OneClickError)
def _refused(request: HttpRequest, error: OneClickError) -> HttpResponse:
    return refusal(error)


@api.exception_handler(AuthenticationError)
def _unknown_caller(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return refusal(Unauthenticated())


@api.exception_handler(ValidationError)
def _malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields = [FieldProblem(field=_location(problem["loc"]), message=problem["msg"]) for problem in error.errors]
    words = "; ".join(f"{problem.field}: {problem.message}" for problem in fields)
    return refusal(InvalidRequest(f"The request doesn't fit. {words}."), fields=fields)


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Ninja raises it for one thing: a body that isn't JSON."""
    return refusal(InvalidRequest("The body isn't valid JSON."))


@api.exception_handler(Exception)
def _unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
    if fault := as_fault(error):
        return refusal(fault)
    log.error("request failed", exc_info=error)
    return refusal(InternalError())


def _location(path: tuple[str | int, ...]) -> str:
    """`("body", "payload", "name")` → `body.name`: the parameter's name in our code means nothing outside."""
    kind, *rest = [str(part) for part in path]
    return ".".join([kind, *(rest[1:] if kind == "body" and len(rest) > 1 else rest)])
