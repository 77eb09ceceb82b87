"""Who calls the REST API: a bearer token, or the session of somebody who is signed in."""

from datetime import timedelta
from typing import cast

from django.conf import settings
from django.http import HttpRequest
from ninja.security import HttpBearer
from ninja.security.apikey import APIKeyCookie
from ninja.utils import check_csrf

from oneclick.accounts.errors import CsrfRefused, FreshSignInNeeded, TooManyWrongTokens, Unauthenticated
from oneclick.accounts.membership import is_signed_in, principal_of_request
from oneclick.accounts.operators import Operator, operator_of_request
from oneclick.accounts.roles import Principal, PrincipalKind
from oneclick.accounts.sign_in.errors import TooManyAttempts
from oneclick.accounts.sign_in.freshness import is_fresh
from oneclick.accounts.sign_in.limits import count_try
from oneclick.accounts.tokens import principal_for_token
from oneclick.core.caller import current_address
from oneclick.core.secrets import SecretText

WRONG_TOKENS = 30
"""How many requests with tokens that don't work one address may make."""
WITHIN = timedelta(minutes=15)


class TokenAuth(HttpBearer):
    """Make a token at /tokens, or with `oneclick token create NAME`."""

    def authenticate(self, request: HttpRequest, token: str) -> Principal | None:
        """The token's principal; None for one that is unknown, expired or revoked."""
        return _principal_for(SecretText(token))


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


class OperatorAuth(APIKeyCookie):
    """The session of an operator of the installation, with X-CSRFToken for changes; no token carries that right."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> Operator | None:
        """The operator who is signed in; raises `NotAllowed` for anybody else who is known."""
        if header := request.headers.get("Authorization"):
            principal_from_header(header).demand_operator()
        if "Authorization" in request.headers or not is_signed_in(request):
            return None
        if check_csrf(request):
            raise CsrfRefused
        return operator_of_request(request)

    def authenticate(self, request: HttpRequest, key: str | None) -> Operator | None:
        """Never called: a session is more than its cookie."""
        raise NotImplementedError


def operator_of(request: HttpRequest) -> Operator:
    """Which operator asks. Only behind `OperatorAuth`."""
    return cast("Operator", request.auth)  # type: ignore[attr-defined]  # ninja sets it once the caller is known


def fresh_operator_of(request: HttpRequest) -> Operator:
    """The same for what changes who may do what; raises `FreshSignInNeeded`."""
    if not is_fresh(request):
        raise FreshSignInNeeded
    return operator_of(request)


def principal_of(request: HttpRequest) -> Principal:
    """Who asks. Only behind `TokenAuth` or `SessionAuth`."""
    return cast("Principal", request.auth)  # type: ignore[attr-defined]  # ninja sets it once the caller is known


def fresh_principal_of(request: HttpRequest) -> Principal:
    """Who asks for what destroys or reveals: a token, or somebody who signed in a moment ago.

    Raises `FreshSignInNeeded`: else a browser that was left alone could do over REST what its pages refuse.
    """
    principal = principal_of(request)
    if principal.kind is PrincipalKind.USER and not is_fresh(request):
        raise FreshSignInNeeded
    return principal


def principal_from_header(authorization: str) -> Principal:
    """Who asks, from the header's value; raises `Unauthenticated`."""
    scheme, _, token = authorization.partition(" ")
    principal = _principal_for(SecretText(token.strip())) if scheme.lower() == "bearer" else None
    if principal is None:
        raise Unauthenticated
    return principal


def _principal_for(raw: SecretText) -> Principal | None:
    """The token's principal; None for one that doesn't work, which is counted. Raises `TooManyWrongTokens`.

    One that works is never refused for others' sake: many programs may share an address, a proxy's above all.
    """
    principal = principal_for_token(raw)
    if principal is None:
        try:
            count_try("token", current_address(), most=WRONG_TOKENS, within=WITHIN)
        except TooManyAttempts as exc:
            raise TooManyWrongTokens(hint=f"Check the token. {exc.hint}") from exc
    return principal
