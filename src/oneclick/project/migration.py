"""Brings the database to this version before the services start: in a process of its own, unless nothing changed.

Loading Django only to learn that there is nothing to do costs a second at every start. So what was applied last, and
by which code, is noted in `<home>/run/migrated.json`; the process is spared while both are as noted.
"""

import contextlib
import hashlib
import importlib.metadata
import json
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg

from oneclick.core.secrets import SecretText
from oneclick.stack.files import write_private

LOCK = 0x6F6E65636C69636B  # "oneclick": two machines that start at once must not migrate one database together
PATIENCE_S = 5
APPLIED = "SELECT md5(string_agg(app || '.' || name, ',' ORDER BY id)) FROM django_migrations"


def main() -> None:
    """Apply what is missing, one process at a time."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oneclick.project.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        call_command("migrate", interactive=False, verbosity=1, no_color=True)


def missing() -> int:
    """How many migrations the database lacks. Needs Django."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


class MigrationNote:
    """What was applied last to a home's database, and by which code."""

    def __init__(self, home: Path) -> None:
        self._file = home / "run" / "migrated.json"

    def is_current(self, url: SecretText) -> bool:
        """Whether nothing has changed since `write()`, neither the code nor the database."""
        try:
            noted = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return False
        return bool(noted == _standing(url))

    def write(self, url: SecretText) -> None:
        """Note that this code has brought this database to its version."""
        with contextlib.suppress(OSError):
            write_private(self._file, json.dumps(_standing(url)))


def _standing(url: SecretText) -> dict[str, str]:
    applied = ""
    with contextlib.suppress(psycopg.Error), psycopg.connect(url.reveal(), connect_timeout=PATIENCE_S) as connection:
        row = connection.execute(APPLIED).fetchone()
        applied = str(row[0]) if row else ""
    return {"code": _fingerprint(), "applied": applied or os.urandom(8).hex()}


def _fingerprint() -> str:
    """Changes with every installed version, with every migration of ours, and with what the settings install."""
    return hashlib.sha256("\n".join(sorted(_facts())).encode()).hexdigest()


def _facts() -> Iterator[str]:
    for distribution in importlib.metadata.distributions():
        yield f"{distribution.name} {distribution.version}"
    ours = Path(__file__).parent.parent
    for path in (*ours.glob("**/migrations/*.py"), Path(__file__).with_name("settings.py")):
        yield f"{path.relative_to(ours)} {path.stat().st_mtime_ns}"
