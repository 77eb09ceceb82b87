"""Who calls the REST API: a bearer token, or the session of somebody who is signed in."""

from typing import cast

from django.conf import settings
from django.http import HttpRequest
from ninja.security import HttpBearer
from ninja.security.apikey import APIKeyCookie
from ninja.utils import check_csrf

from oneclick.accounts.errors import CsrfRefused, Unauthenticated
from oneclick.accounts.membership import is_signed_in, principal_of_request
from oneclick.accounts.roles import Principal
from oneclick.accounts.tokens import principal_for_token
from oneclick.core.secrets import SecretText


class TokenAuth(HttpBearer):
    """Make a token at /tokens, or with `oneclick token create NAME`."""

    def authenticate(self, request: HttpRequest, token: str) -> Principal | None:
        """The token's principal; None for one that is unknown, expired or revoked."""
        return principal_for_token(SecretText(token))


class SessionAuth(APIKeyCookie):
    """The session of our own pages. What changes something needs the header X-CSRFToken, too."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> Principal | None:
        """The principal of whoever is signed in. A request with a token, good or bad, is never taken for a session."""
        if "Authorization" in request.headers or not is_signed_in(request):
            return None
        if check_csrf(request):
            raise CsrfRefused
        return principal_of_request(request)

    def authenticate(self, request: HttpRequest, key: str | None) -> Principal | None:
        """Never called: a session is more than its cookie."""
        raise NotImplementedError


def principal_of(request: HttpRequest) -> Principal:
    """Who asks. Only behind `TokenAuth` or `SessionAuth`."""
    return cast("Principal", request.auth)  # type: ignore[attr-defined]  # ninja sets it once the caller is known


def principal_from_header(authorization: str) -> Principal:
    """Who asks, from the header's value; raises `Unauthenticated`."""
    scheme, _, token = authorization.partition(" ")
    principal = principal_for_token(SecretText(token.strip())) if scheme.lower() == "bearer" else None
    if principal is None:
        raise Unauthenticated
    return principal
