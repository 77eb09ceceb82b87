"""Our migrations, forwards: from nothing, and from each released schema with rows in it."""

import re
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from psycopg import sql
from psycopg.conninfo import make_conninfo

from oneclick.core.ids import new_id
from oneclick.project.schema.dump import dump, our_conninfo
from oneclick.project.schema.tables import tables
from tests.migrations.databases import load, new_database, run
from tests.migrations.release import RELEASED

pytestmark = pytest.mark.django_db
RELEASES = sorted(RELEASED.glob("*.sql"))
MIGRATE = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
"""
MIGRATE_TWICE = (
    MIGRATE
    + """
call_command("migrate", "--check", verbosity=0)
"""
)
READ_EVERYTHING = """
from django.apps import apps
for model in apps.get_models():
    if model.__module__.startswith("oneclick."):
        list(model.objects.all()[:10])
from oneclick.secret_store import services
services.check()
assert services.get_named("warehouse:release", "login-read-1").reveal() == "kept"
from oneclick.audit.sealing import seal_all
from oneclick.audit.verification import verify
found = verify()
assert found.is_whole and found.links, found
assert seal_all() == 1
assert verify().is_whole
print("read")
"""


def test_there_is_a_released_schema() -> None:
    assert RELEASES


def test_from_nothing_and_a_second_time() -> None:
    with new_database() as conninfo:
        run(conninfo, MIGRATE_TWICE)

        assert comparable(dump(conninfo)) == comparable(dump())


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.stem)
def test_from_a_released_schema_with_rows(release: Path) -> None:
    with new_database() as conninfo:
        load(conninfo, release.read_text(encoding="utf-8"))
        before = _row_counts(conninfo)

        assert run(conninfo, MIGRATE + READ_EVERYTHING) == "read\n"

        wrong = "a migration that was released was changed, or one is missing"
        assert comparable(dump(conninfo)) == comparable(dump()), wrong
        after = _row_counts(conninfo)
        assert {table: after.get(table) for table in before} == before | {
            "audit_unsealed": 0,
            "audit_seal": before["audit_seal"] + 1,
        }


def test_a_released_schema_has_rows_in_each_of_its_tables() -> None:
    with new_database() as conninfo:
        load(conninfo, RELEASES[-1].read_text(encoding="utf-8"))

        assert {table for table, rows in _row_counts(conninfo).items() if not rows} == set()


def test_nobody_else_may_enter_our_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_database_privilege('public', current_database(), 'CONNECT'), "
            "has_database_privilege('public', current_database(), 'TEMP'), "
            "has_schema_privilege('public', 'public', 'USAGE'), has_schema_privilege('public', 'public', 'CREATE')"
        )
        assert cursor.fetchone() == (False, False, False, False)
    name = f"stranger_{new_id().hex}"
    with psycopg.connect(our_conninfo(), autocommit=True) as ours:
        ours.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'known'").format(sql.Identifier(name)))
        try:
            with pytest.raises(psycopg.OperationalError, match="permission denied"):
                psycopg.connect(make_conninfo(our_conninfo(), user=name, password="known"))
        finally:
            ours.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def comparable(dumped: str) -> str:
    """Without casts and brackets: PostgreSQL spells an expression that it read from a dump with others."""
    return re.sub(r"::[a-z]+( varying)?(\[\])?|[()]", "", dumped)


def _row_counts(conninfo: str) -> dict[str, int]:
    """Rows by table, for the tables of ours that there are."""
    counts = {}
    with psycopg.connect(conninfo) as connection:
        for table in tables():
            (is_there,) = connection.execute("SELECT to_regclass(%s) IS NOT NULL", [table.name]).fetchone() or (False,)
            if is_there:
                query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table.name))
                counts[table.name] = (connection.execute(query).fetchone() or (0,))[0]
    return counts
