"""Keys that an installation makes for itself, one file each with mode 0600, unless the operator gives them."""

import base64
import os
import secrets
from pathlib import Path

from oneclick.core.environment import SettingError
from oneclick.core.secrets import SecretText

KEY_LENGTH = 32


def key_text(home: Path, name: str, given: SecretText) -> str:
    """The given key, else the one in `<home>/keys/<name>.key`, made on first use (32 random bytes in base64)."""
    if given:
        return given.reveal()
    path = home / "keys" / f"{name}.key"
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(f".{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(base64.b64encode(secrets.token_bytes(KEY_LENGTH)).decode())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text(encoding="ascii").strip()


def key_bytes(home: Path, name: str, given: SecretText, *, setting: str) -> bytes:
    """The same key as its 32 bytes; raises `SettingError` where the text isn't 32 bytes in base64."""
    text = key_text(home, name, given)
    source = setting if given else str(home / "keys" / f"{name}.key")
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
