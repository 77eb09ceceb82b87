"""Columns whose names say that somebody should think before copying them."""

import re

from oneclick.pipelines.contract.sources import Concern

_SECRET = re.compile(
    r"passw|passwd|pwd|secret|token|api_?key|private_?key|salt|otp|mfa|totp|session_?(id|key)|credential|cvv|cvc"
    r"|card_?number|iban|(^|_)hash($|_)|digest|cookie",
    re.IGNORECASE,
)
_PERSONAL = re.compile(
    r"e_?mail|phone|mobile|(first|last|full|sur|maiden|middle)_?name|birth|dob|gender|(^|_)ssn|passport|tax_?id"
    r"|national_?id|street|address|zip|postcode|postal|(^|_)ip($|_)|ip_?addr|latitude|longitude|geo|salary|nationality"
    r"|religion|ethnic",
    re.IGNORECASE,
)


def concern(column: str) -> Concern | None:
    """What a column seems to hold, by its name alone."""
    if _SECRET.search(column):
        return Concern.SECRET
    return Concern.PERSONAL if _PERSONAL.search(column) else None
