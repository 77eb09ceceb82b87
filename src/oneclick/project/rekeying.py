"""Moving the secret store to another master key."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from oneclick.audit.services import record
from oneclick.core.environment import SettingError
from oneclick.secret_store.backends.database import DatabaseStore, master_key
from oneclick.secret_store.envelope import MasterKey
from oneclick.stack.files import write_private
from oneclick.stack.keys import decoded, key_file


@dataclass(frozen=True, kw_only=True)
class Rekeyed:
    """How many secrets moved, and whether the new key is in force or its setting has to be changed by hand."""

    secrets: int
    is_in_force: bool


def rekey(new_key: Path, *, actor: str) -> Rekeyed:
    """Wrap every secret's data key under the key in that file, all or none, and put it into force where it is ours.

    The key in force is the old one. Cut off at any point, it can be run again with the same file: secrets that moved
    are left alone. Raises `SettingError` for a file without a key and `WrongMasterKey` for secrets of a third one.
    """
    text = _text_of(new_key)
    before, successor = master_key(), MasterKey(decoded(text, source=str(new_key)))
    with transaction.atomic():
        moved = DatabaseStore(before).rewrap(successor)
        if moved:
            record(
                organisation_id=None,
                actor=actor,
                action="secrets.rewrapped",
                target_kind="master_key",
                target_id=successor.id,
                detail={"secrets": moved, "before": before.id},
            )
    is_ours = not settings.ONECLICK_MASTER_KEY
    if is_ours:
        write_private(key_file(Path(settings.HOME), "master"), text)
    return Rekeyed(secrets=moved, is_in_force=is_ours or successor.id == before.id)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise SettingError(f"{path} can't be read.", hint="Check the path and its permissions.") from exc
