"""What happens around every request: its correlation id."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from oneclick.core.correlation import correlation

HEADER = "X-Correlation-ID"


class CorrelationMiddleware:
    """Puts the caller's correlation id in force, or a fresh one, and hands it back in the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one request."""
        with correlation(request.headers.get(HEADER, "")) as correlation_id:
            response = self.get_response(request)
            response[HEADER] = correlation_id
            return response
