"""Keeps secrets out of logs: by the name of a field, by the type of a value, by the look of a text."""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

from oneclick.core.secrets import SecretText

HIDDEN = "•••"
DEEPEST = 6

_SECRET_NAME = re.compile(
    r"passw(or)?d|passphrase|secret|token|authori[sz]ation|api_?key|private_?key|master_?key|cookie|credential|dsn"
    r"|conninfo|database_url|session_?id",
    re.IGNORECASE,
)
_HARMLESS_NAMES = frozenset({"secret_name", "secret_label", "token_id", "token_prefix"})
_SECRETS_IN_TEXT = (
    # an address with a password: scheme://user:password@host
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://[^\s:/@]*):[^\s@/]+@"), rf"\1:{HIDDEN}@"),
    # key=value as in connection strings, and what sign-in puts into query strings
    (
        re.compile(
            r"(?i)\b(password|passwd|pwd|client_secret|secret|id_token|access_token|refresh_token|token|code|state|nonce"
            r"|code_verifier|SAMLResponse|RelayState|assertion)=('(?:[^'\\]|\\.)*'|[^\s&'\",;]+)"
        ),
        rf"\1={HIDDEN}",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {HIDDEN}"),
    # JSON and Python's repr of a dictionary
    (
        re.compile(r"""(?i)(["'](?:[a-z_]*(?:password|secret|token|private_key|api_key))["']\s*:\s*["'])[^"']+"""),
        rf"\1{HIDDEN}",
    ),
    # our own tokens
    (re.compile(r"\bocd_[A-Za-z0-9_-]{8,}"), f"ocd_{HIDDEN}"),
    (re.compile(r"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?-----END \1-----", re.DOTALL), HIDDEN),
)


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: the event without secrets."""
    for name, value in event.items():
        event[name] = HIDDEN if _is_secret(name, value) else without_secrets(value)
    return event


def without_secrets(value: Any, depth: int = 0) -> Any:
    """The value with whatever is or looks like a secret hidden. Odd objects become their text."""
    if isinstance(value, SecretText):
        return HIDDEN
    if isinstance(value, (bool, int, float)) or value is None:
        return value
    if depth >= DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return {
            str(name): HIDDEN if _is_secret(str(name), each) else without_secrets(each, depth + 1)
            for name, each in value.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [without_secrets(each, depth + 1) for each in value]
    return scrubbed(value if isinstance(value, str) else _text(value))


def scrubbed(text: str) -> str:
    """Text without what looks like a secret."""
    for pattern, replacement in _SECRETS_IN_TEXT:
        text = pattern.sub(replacement, text)
    return text


def _is_secret(name: str, value: Any) -> bool:
    """Numbers and truths under such a name, such as `tokens: 3`, tell nothing."""
    if value is None or isinstance(value, (bool, int, float)) or name in _HARMLESS_NAMES:
        return False
    return _SECRET_NAME.search(name) is not None


def _text(value: object) -> str:
    """A log line must not fail because of what it says."""
    try:
        return str(value)
    except Exception as exc:  # noqa: BLE001 - any object's __str__ may raise anything
        return f"<{type(value).__name__} without text: {type(exc).__name__}>"
