"""Who calls the REST API: `Authorization: Bearer <token>` → principal."""

from typing import cast

from django.http import HttpRequest
from ninja.security import HttpBearer

from oneclick.accounts.roles import Principal
from oneclick.accounts.services import principal_for_token
from oneclick.core.errors import ErrorKind, OneClickError
from oneclick.core.secrets import SecretText


class Unauthenticated(OneClickError):
    """The request carries no valid token."""

    code = "unauthenticated"
    kind = ErrorKind.UNKNOWN_CALLER
    hint = "Send: Authorization: Bearer <token>. Make a token with: oneclick token create NAME"


class TokenAuth(HttpBearer):
    """Make a token with `oneclick token create NAME`."""

    def authenticate(self, request: HttpRequest, token: str) -> Principal | None:
        """The token's principal; None for one that is unknown, expired or revoked."""
        return principal_for_token(SecretText(token))


def principal_of(request: HttpRequest) -> Principal:
    """Who asks. Only behind `TokenAuth`."""
    return cast("Principal", request.auth)  # type: ignore[attr-defined]  # ninja sets it once the caller is known


def principal_from_header(authorization: str) -> Principal:
    """Who asks, from the header's value; raises `Unauthenticated`."""
    scheme, _, token = authorization.partition(" ")
    principal = principal_for_token(SecretText(token.strip())) if scheme.lower() == "bearer" else None
    if principal is None:
        raise Unauthenticated
    return principal
