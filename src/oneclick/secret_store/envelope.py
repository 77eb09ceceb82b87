"""Envelope encryption: each secret under a data key of its own, each data key under the master key.

AES-256-GCM with random nonces. What a secret belongs to is authenticated beside it, so that a row moved to another
organisation, owner or name no longer opens. A new master key needs the data keys wrapped again, not the values.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from oneclick.core.secrets import SecretText
from oneclick.secret_store.errors import SecretDamaged

_NONCE_LENGTH = 12
_KEY_LENGTH = 32


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """A secret at rest."""

    ciphertext: bytes
    wrapped_key: bytes
    key_id: str


class MasterKey:
    """The key that wraps all data keys. Shows nothing of itself but its id."""

    __slots__ = ("_key", "id")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.id = hmac.new(key, b"oneclick master key id", hashlib.sha256).hexdigest()[:16]

    def __repr__(self) -> str:
        return f"MasterKey({self.id})"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a key is not pickled")

    def seal(self, value: SecretText, *, context: bytes) -> Sealed:
        """Encrypt under a fresh data key."""
        data_key = secrets.token_bytes(_KEY_LENGTH)
        return Sealed(
            ciphertext=_encrypt(data_key, value.reveal().encode(), context),
            wrapped_key=_encrypt(self._key, data_key, self._wrapping(context)),
            key_id=self.id,
        )

    def open(self, sealed: Sealed, *, context: bytes) -> SecretText:
        """Decrypt; raises `SecretDamaged` where the bytes or what they belong to were changed."""
        data_key = _decrypt(self._key, sealed.wrapped_key, self._wrapping(context))
        return SecretText(_decrypt(data_key, sealed.ciphertext, context).decode())

    def rewrap(self, sealed: Sealed, successor: Self, *, context: bytes) -> Sealed:
        """The same ciphertext with its data key under another master key."""
        data_key = _decrypt(self._key, sealed.wrapped_key, self._wrapping(context))
        return Sealed(
            ciphertext=sealed.ciphertext,
            wrapped_key=_encrypt(successor._key, data_key, successor._wrapping(context)),
            key_id=successor.id,
        )

    def _wrapping(self, context: bytes) -> bytes:
        return b"data key\0" + self.id.encode() + b"\0" + context


def _encrypt(key: bytes, plain: bytes, context: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_LENGTH)
    return nonce + AESGCM(key).encrypt(nonce, plain, context)


def _decrypt(key: bytes, stored: bytes, context: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(stored[:_NONCE_LENGTH], stored[_NONCE_LENGTH:], context)
    except (InvalidTag, ValueError):
        raise SecretDamaged from None  # the cause says nothing more
