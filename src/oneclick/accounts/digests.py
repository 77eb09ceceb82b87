"""Texts that open something by themselves, and the hash that is kept of each."""

import hashlib
import secrets

from oneclick.core.secrets import SecretText


def fresh_secret(start: str = "") -> SecretText:
    """A new one, of 256 random bits."""
    return SecretText(start + secrets.token_urlsafe(32))


def digest_of(raw: SecretText) -> str:
    """What is kept: they carry 256 random bits, so a plain hash is as good as a slow one."""
    return hashlib.sha256(raw.reveal().encode()).hexdigest()
