"""What happens around every request: correlation id, a line in the log, errors in the API's one shape."""

import time
from collections.abc import Callable
from http import HTTPStatus

import structlog
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from oneclick.accounts.roles import Principal
from oneclick.accounts.sign_in.client import address_of
from oneclick.core.caller import calling_from
from oneclick.core.correlation import correlation
from oneclick.core.errors import InternalError
from oneclick.project import admission
from oneclick.project.answers import API, refusal
from oneclick.project.errors import NoSuchAddress, NoSuchMethod, UnknownHost
from oneclick.web.rest import InvalidRequest

HEADER = "X-Correlation-ID"
WATCHED = ("/healthz", "/readyz", "/metrics")
UNLOGGED = (*WATCHED, "/static/")

GetResponse = Callable[[HttpRequest], HttpResponse]

log = structlog.get_logger(__name__)


class CorrelationMiddleware:
    """Puts the caller's correlation id in force, or a fresh one, and hands it back in the answer; and the address."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one request."""
        with correlation(request.headers.get(HEADER, "")) as correlation_id, calling_from(address_of(request) or ""):
            response = self.get_response(request)
            response[HEADER] = correlation_id
            return response


class RequestLogMiddleware:
    """Writes one line per request: never its query string, headers or body, which may hold secrets."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one request."""
        began = time.perf_counter()
        response = self.get_response(request)
        is_granted = admission.KEY in request.META and response.status_code == HTTPStatus.NO_CONTENT
        if not is_granted and not request.path.startswith(UNLOGGED):
            asker = getattr(request, "auth", None)
            log.info(
                "request",
                method=request.method,
                path=request.path,
                status=response.status_code,
                duration_ms=round((time.perf_counter() - began) * 1000, 1),
                asked_by=asker.label if isinstance(asker, Principal) else "",
            )
        return response


class HostMiddleware:
    """Refuses requests under a name that isn't ours. Whoever watches the installation may ask by any address."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one request."""
        if request.path_info in WATCHED:
            request.META["HTTP_HOST"] = "localhost"
            request.META.pop("HTTP_COOKIE", None)  # whose session it is would be asked of a database that may be away
        try:
            request.get_host()
        except DisallowedHost:
            error = UnknownHost()
            if request.path_info.startswith(API):
                return refusal(error, status=400)
            return HttpResponse(f"{error.message}\n{error.hint}\n", status=400, content_type="text/plain")
        return self.get_response(request)


class ApiErrorsMiddleware:
    """Gives the errors that Django itself answers under `/api/` the shape of all others."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one request."""
        response = self.get_response(request)
        is_ours = response.headers.get("Content-Type", "").startswith("application/json")
        if response.status_code < HTTPStatus.BAD_REQUEST or is_ours or not request.path.startswith(API):
            return response
        return _in_shape(response)


def _in_shape(response: HttpResponse) -> HttpResponse:
    status = HTTPStatus(response.status_code)
    if status is HTTPStatus.NOT_FOUND:
        return refusal(NoSuchAddress())
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        answer = refusal(NoSuchMethod(), status=status)
        answer["Allow"] = response["Allow"]
        return answer
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return refusal(InternalError(), status=status)
    return refusal(InvalidRequest(f"The request can't be read: {status.phrase.lower()}."), status=status)
