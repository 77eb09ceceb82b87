"""Whether an ID token is genuine: signature, issuer, audience, times, nonce (OpenID Connect Core 1.0, 3.1.3.7)."""

import hmac
from collections.abc import Iterable, Mapping
from typing import Any

import jwt

from oneclick.accounts.sign_in.discovery import Directory, Endpoints
from oneclick.accounts.sign_in.errors import TokenRefused

FAMILY = {
    "RS256": "RSA", "RS384": "RSA", "RS512": "RSA", "PS256": "RSA",
    "ES256": "EC", "ES384": "EC", "EdDSA": "OKP",
}  # fmt: skip
"""The algorithms that are accepted, each with its kind of key. None of them has a secret that we know, so a token
signed with a public key as if it were one (HS256), or not at all, has no place here."""

SKEW_S = 60
MAX_CHARACTERS = 1 << 16
SUBJECT_MAX = 255
RSA_BITS_MIN = 2048


def verified(
    raw: object, *, endpoints: Endpoints, client_id: str, nonce: str, directory: Directory
) -> Mapping[str, Any]:
    """The claims of a genuine token; raises `TokenRefused`, which says why but repeats nothing of it."""
    if not isinstance(raw, str) or len(raw) > MAX_CHARACTERS:
        raise TokenRefused("The identity provider sent no ID token.")
    try:
        header = jwt.get_unverified_header(raw)
        key = _key(header, directory, endpoints)
        claims: dict[str, Any] = jwt.decode(
            raw, key, algorithms=[header["alg"]], audience=client_id, issuer=endpoints.issuer, leeway=SKEW_S,
            options={"require": ["iss", "sub", "aud", "exp", "iat", "nonce"], "enforce_minimum_key_length": True},
        )  # fmt: skip
    except jwt.PyJWTError as exc:
        raise TokenRefused(f"The identity provider's token isn't valid ({type(exc).__name__}).") from exc
    _check_party(claims, client_id)
    if not hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
        raise TokenRefused("The identity provider's token belongs to another sign-in.")
    subject = claims["sub"]
    if not isinstance(subject, str) or not 1 <= len(subject) <= SUBJECT_MAX or not subject.isprintable():
        raise TokenRefused("The identity provider doesn't say who you are.")
    return claims


def _key(header: Mapping[str, Any], directory: Directory, endpoints: Endpoints) -> jwt.PyJWK:
    algorithm, key_id = header.get("alg"), header.get("kid")
    if algorithm not in FAMILY or "crit" in header:
        raise TokenRefused("The identity provider's token isn't signed in a way that we accept.")
    if key_id is not None and not isinstance(key_id, str):
        raise TokenRefused("The identity provider's token names no key.")
    fitting = list(_fitting(directory.keys(endpoints.keys, wanted=key_id), algorithm, key_id))
    if len(fitting) != 1:
        raise TokenRefused("The identity provider's token is signed with a key that it doesn't publish.")
    key = jwt.PyJWK.from_dict(fitting[0], algorithm=algorithm)
    if FAMILY[algorithm] == "RSA" and key.key.key_size < RSA_BITS_MIN:
        raise TokenRefused("The identity provider's key is too short.")
    return key


def _fitting(keys: Iterable[dict[str, Any]], algorithm: str, key_id: str | None) -> Iterable[dict[str, Any]]:
    """Keys for signatures of that kind. A token without a key id is fine where there is just one such key."""
    for key in keys:
        is_kind = key.get("kty") == FAMILY[algorithm] and key.get("use", "sig") == "sig"
        if is_kind and key.get("alg", algorithm) == algorithm and key_id in (None, key.get("kid")):
            yield key


def _check_party(claims: Mapping[str, Any], client_id: str) -> None:
    """A token for several audiences must name us as the one that it was issued to."""
    audience = claims["aud"]
    party = claims.get("azp")
    is_shared = isinstance(audience, list) and len(audience) > 1
    if (is_shared and party is None) or (party is not None and party != client_id):
        raise TokenRefused("The identity provider's token was issued to somebody else.")
