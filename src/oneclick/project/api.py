"""The root of the REST API: who may call it, its errors, and the features' routers."""

import logging
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from oneclick.accounts.bearer import TokenAuth
from oneclick.core.correlation import current_correlation_id
from oneclick.core.errors import OneClickError
from oneclick.project.faults import as_fault
from oneclick.web.rest import STATUS_OF_KIND, ErrorAnswer, ErrorBody, FieldProblem

logger = logging.getLogger(__name__)

DESCRIPTION = """
Everything that the pages and the command line do, with the same rights.

Send `Authorization: Bearer <token>`; make a token with `oneclick token create`. Every error has the same shape, with a
stable `code`. Send `X-Correlation-ID` to find your request in logs and in the audit log; the answer carries it back.
What changes something answers 202 with the job in `Location`: follow it there, or as server-sent events at
`/events/jobs/{id}`. Send `Idempotency-Key` to be safe when you repeat such a request.
"""

api = NinjaAPI(
    title="One-Click DWH",
    version="1",
    description=DESCRIPTION,
    docs_url="/docs",
    openapi_url="/openapi.json",
    auth=TokenAuth(),
    urls_namespace="api",
)


def error_response(
    status: int, code: str, message: str, hint: str = "", *, fields: list[FieldProblem] | None = None
) -> HttpResponse:
    """An answer in the shape that all errors have."""
    body = ErrorBody(
        code=code, message=message, hint=hint, correlation_id=current_correlation_id(), fields=fields or []
    )
    content = ErrorAnswer(error=body).model_dump_json()
    response = HttpResponse(content, status=status, content_type="application/json; charset=utf-8")
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="One-Click DWH"'
    return response


@api.exception_handler(OneClickError)
def _refused(request: HttpRequest, error: OneClickError) -> HttpResponse:
    return error_response(STATUS_OF_KIND[error.kind], error.code, error.message, error.hint)


@api.exception_handler(AuthenticationError)
def _unknown_caller(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return error_response(
        HTTPStatus.UNAUTHORIZED,
        "unauthenticated",
        "The request carries no valid token.",
        "Send: Authorization: Bearer <token>. Make a token with: oneclick token create NAME",
    )


@api.exception_handler(ValidationError)
def _malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields = [FieldProblem(field=_location(problem["loc"]), message=problem["msg"]) for problem in error.errors]
    message = "; ".join(f"{problem.field}: {problem.message}" for problem in fields)
    return error_response(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid_request",
        f"The request doesn't fit: {message}.",
        "Compare it with /api/docs.",
        fields=fields,
    )


@api.exception_handler(HttpError)
def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return error_response(400, "bad_json", "The body isn't valid JSON.", "Send a JSON object; see /api/docs.")
    phrase = HTTPStatus(error.status_code).phrase
    return error_response(error.status_code, phrase.lower().replace(" ", "_"), f"{error.message}.")


@api.exception_handler(Exception)
def _unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
    if fault := as_fault(error):
        return _refused(request, fault)
    logger.error("request_failed", exc_info=error)
    return error_response(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal_error",
        "Something went wrong on our side; the log says what.",
        "Give the operator the correlation id.",
    )


def _location(path: tuple[str | int, ...]) -> str:
    """`("body", "payload", "name")` → `body.name`: the parameter's name in our code means nothing outside."""
    kind, *rest = [str(part) for part in path]
    return ".".join([kind, *(rest[1:] if kind == "body" and len(rest) > 1 else rest)])
