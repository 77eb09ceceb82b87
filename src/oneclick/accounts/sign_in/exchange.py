"""The code that came back with the browser → who it is, in the provider's own signed words."""

import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

from oneclick.accounts.sign_in import wire
from oneclick.accounts.sign_in.attempts import Return, redirect_uri
from oneclick.accounts.sign_in.discovery import Endpoints, directory
from oneclick.accounts.sign_in.errors import SignInRefused, TokenRefused
from oneclick.accounts.sign_in.models import IdentityProvider
from oneclick.accounts.sign_in.tokens import verified
from oneclick.core.secrets import SecretText
from oneclick.secret_store import services as secret_store


def claims_of(back: Return, *, code: str, named_issuer: str | None) -> Mapping[str, Any]:
    """The claims of whoever came back with this code; raises `SignInRefused` or `ProviderFailed`.

    `named_issuer` is the parameter `iss` of the answer (RFC 9207): it must be there where the provider says so, and
    must be right where it is.
    """
    endpoints = directory.endpoints(back.provider.issuer)
    if named_issuer != endpoints.issuer and (named_issuer is not None or endpoints.names_issuer):
        raise SignInRefused("The answer comes from another identity provider than the one that was asked.")
    answer = _redeemed(back, endpoints, code)
    claims = verified(
        answer.get("id_token"), endpoints=endpoints, client_id=back.provider.client_id, nonce=back.nonce,
        directory=directory,
    )  # fmt: skip
    if _is_complete(back.provider, claims) or not endpoints.userinfo:
        return claims
    return {**_userinfo(endpoints, answer, claims), **claims}


def _redeemed(back: Return, endpoints: Endpoints, code: str) -> dict[str, Any]:
    fields = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri(back.provider),
        "code_verifier": back.verifier, "client_id": back.provider.client_id,
    }  # fmt: skip
    secret = secret_store.get(back.provider.secret_reference).reveal()
    if "client_secret_post" in endpoints.auth_methods:
        return wire.post_form(endpoints.token, {**fields, "client_secret": secret})
    return wire.post_form(endpoints.token, fields, basic=(quote_plus(back.provider.client_id), quote_plus(secret)))


def _is_complete(provider: IdentityProvider, claims: Mapping[str, Any]) -> bool:
    return "email" in claims and (not provider.roles_by_group or provider.group_claim in claims)


def _userinfo(endpoints: Endpoints, answer: Mapping[str, Any], claims: Mapping[str, Any]) -> dict[str, Any]:
    access = answer.get("access_token")
    if not isinstance(access, str) or str(answer.get("token_type", "")).lower() != "bearer":
        raise TokenRefused("The identity provider sent no access token.")
    found = wire.get_json(endpoints.userinfo, bearer=SecretText(access))
    if not hmac.compare_digest(str(found.get("sub")).encode(), claims["sub"].encode()):
        raise TokenRefused("The identity provider told two different people apart by one sign-in.")
    return found
