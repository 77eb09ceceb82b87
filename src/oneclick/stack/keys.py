"""Keys that an installation makes for itself, one file each with mode 0600, unless the operator gives them."""

import base64
import os
import secrets
from pathlib import Path

from oneclick.core.secrets import SecretText


def key_text(home: Path, name: str, given: SecretText) -> str:
    """The given key, else the one in `<home>/keys/<name>.key`, made on first use (32 random bytes in base64)."""
    if given:
        return given.reveal()
    path = home / "keys" / f"{name}.key"
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(base64.b64encode(secrets.token_bytes(32)).decode())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text(encoding="ascii").strip()
