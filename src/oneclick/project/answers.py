"""Errors as HTTP answers: one shape for the REST API, the event streams and addresses that don't exist."""

import sys
from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse

from oneclick.core.correlation import current_correlation_id
from oneclick.core.errors import ErrorKind, InternalError, OneClickError
from oneclick.project.faults import as_fault
from oneclick.web.rest import STATUS_OF_KIND, ErrorAnswer, ErrorBody, FieldProblem
from oneclick.website import views as website

API = "/api/"
JSON = "application/json; charset=utf-8"
RETRY_AFTER_S = 5
"""What somebody who asked for too much at once is told to wait."""


def refusal(error: OneClickError, *, fields: Sequence[FieldProblem] = (), status: int = 0) -> HttpResponse:
    """The answer to a request that ended in this error."""
    status = status or status_of(error)
    return HttpResponse(body_of(error, fields=fields), status=status, content_type=JSON, headers=headers_of(error))


def headers_of(error: OneClickError) -> dict[str, str]:
    """What the answer says beside the body."""
    if error.kind is ErrorKind.UNKNOWN_CALLER:
        return {"WWW-Authenticate": "Bearer"}
    return {"Retry-After": str(RETRY_AFTER_S)} if error.kind is ErrorKind.BUSY else {}


def status_of(error: OneClickError) -> int:
    """The HTTP status for an error."""
    return STATUS_OF_KIND[error.kind]


def body_of(error: OneClickError, *, fields: Sequence[FieldProblem] = ()) -> str:
    """What happened, why, what to do now, and the id that finds it in the logs."""
    body = ErrorBody(
        code=error.code,
        message=error.message,
        hint=error.hint,
        correlation_id=current_correlation_id(),
        fields=list(fields),
    )
    return ErrorAnswer(error=body).model_dump_json()


def broken(request: HttpRequest) -> HttpResponse:
    """The answer to what nobody caught, wherever it was raised: Django calls this while it handles the exception."""
    raised = sys.exc_info()[1]
    fault = as_fault(raised) if raised else None
    if request.path_info.startswith(API):
        return refusal(fault or InternalError())
    if fault and fault.kind is ErrorKind.UNAVAILABLE:
        return website.unavailable(fault, status=status_of(fault))
    return website.broken(request)
