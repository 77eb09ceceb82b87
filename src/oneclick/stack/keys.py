"""Keys that an installation makes for itself, one file each with mode 0600, unless the operator gives them."""

import base64
import secrets
from pathlib import Path

from oneclick.core.environment import SettingError
from oneclick.core.secrets import SecretText
from oneclick.stack.files import write_private_once

KEY_LENGTH = 32


def key_text(home: Path, name: str, given: SecretText) -> str:
    """The given key, else the one in `<home>/keys/<name>.key`, made on first use (32 random bytes in base64)."""
    if given:
        return given.reveal()
    path = key_file(home, name)
    if not path.exists():
        write_private_once(path, base64.b64encode(secrets.token_bytes(KEY_LENGTH)).decode())
    return path.read_text(encoding="ascii").strip()


def key_bytes(home: Path, name: str, given: SecretText, *, setting: str) -> bytes:
    """The same key as its 32 bytes; raises `SettingError` where the text isn't 32 bytes in base64."""
    return decoded(key_text(home, name, given), source=setting if given else str(key_file(home, name)))


def key_file(home: Path, name: str) -> Path:
    """Where an installation keeps a key that it made for itself."""
    return home / "keys" / f"{name}.key"


def decoded(text: str, *, source: str) -> bytes:
    """A key's 32 bytes from its base64; raises `SettingError`, which names the source."""
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_LENGTH:
        raise SettingError(
            f"{source} doesn't hold a key: it must be {KEY_LENGTH} bytes in base64.",
            hint="Put back the key that this installation was started with. A new one is made by: "
            f"head -c {KEY_LENGTH} /dev/urandom | base64",
        )
    return key
