"""Who calls the REST API: `Authorization: Bearer <token>` → principal."""

from typing import cast

from django.http import HttpRequest
from ninja.security import HttpBearer

from oneclick.accounts.roles import Principal


class TokenAuth(HttpBearer):
    """Make a token with `oneclick token create`."""

    def authenticate(self, request: HttpRequest, token: str) -> Principal | None:
        """The token's principal; None for one that is unknown, expired or revoked."""
        from oneclick.accounts.services import principal_for_token

        return principal_for_token(token)


def principal_of(request: HttpRequest) -> Principal:
    """Who asks. Only behind `TokenAuth`."""
    return cast("Principal", request.auth)  # type: ignore[attr-defined]  # ninja sets it once the caller is known
