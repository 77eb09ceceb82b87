"""One-time codes from an app (RFC 6238: SHA-1, six digits, 30 s), as every authenticator app knows them."""

import base64
import hashlib
import hmac
import secrets
import struct
from datetime import datetime
from urllib.parse import quote

from oneclick.core.secrets import SecretText

STEP_S = 30
DIGITS = 6
STEPS_AROUND = 1
"""How many steps a clock may be off, both ways."""


def new_secret() -> SecretText:
    """160 random bits in base32."""
    return SecretText(base64.b32encode(secrets.token_bytes(20)).decode())


def address(secret: SecretText, *, account: str, issuer: str) -> SecretText:
    """What an app reads from a QR code."""
    label = quote(f"{issuer}:{account}")
    return SecretText(f"otpauth://totp/{label}?secret={secret.reveal()}&issuer={quote(issuer)}")


def step_of(code: str, secret: SecretText, *, now: datetime, after: int) -> int | None:
    """The time step that a right code belongs to; None for a wrong one and for one of a step that was used."""
    code = "".join(code.split())
    current = int(now.timestamp()) // STEP_S
    for step in range(current - STEPS_AROUND, current + STEPS_AROUND + 1):
        if step > after and hmac.compare_digest(code_at(step, secret).encode(), code.encode()):
            return step
    return None


def code_at(step: int, secret: SecretText) -> str:
    """The code of a time step."""
    digest = hmac.digest(base64.b32decode(secret.reveal()), struct.pack(">Q", step), hashlib.sha1)
    offset = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"
