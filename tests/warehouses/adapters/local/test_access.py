"""Who may do what in a lake's catalog, and with its files."""

import contextlib
import shutil
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict

from oneclick.stack.postgres import EmbeddedPostgres
from oneclick.warehouses.adapters.local.data_plane import LocalDataPlane
from oneclick.warehouses.contract.data_plane import TableName
from oneclick.warehouses.contract.descriptions import InstanceState
from oneclick.warehouses.contract.errors import ContractError, PermissionDenied
from oneclick.warehouses.contract.instance import AccessLevel, Instance, Login
from oneclick.warehouses.contract.reconcile import SilentJournal
from oneclick.warehouses.testing.workbench import Workbench, rows_of
from tests.warehouses.adapters.local.harness import LocalHarness

READ, WRITE = Login(level=AccessLevel.READ), Login(level=AccessLevel.WRITE)


LARGE_OBJECTS = """
DO $$ DECLARE name regprocedure; BEGIN
  FOR name IN SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ '^lo(_|read|write)'
  LOOP EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', name); END LOOP;
END $$
"""


class Calls:
    """What a session asked the server for."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def before(self, call: str) -> None:
        self.made.append(call)

    def after(self, call: str) -> None:
        pass


def run(bench: Workbench, instance: Instance, login: Login, *statements: str) -> list[tuple[Any, ...]]:
    """The rows of the last statement."""
    rows: list[tuple[Any, ...]] = []
    with bench.data_plane(instance, login).connect() as session:
        for statement in statements:
            rows = rows_of(session.query(statement))
    return rows


@contextlib.contextmanager
def signed_in(
    bench: Workbench, harness: LocalHarness, instance: Instance, login: Login, database: str = ""
) -> Iterator[psycopg.Connection[Any]]:
    """A client of PostgreSQL with that login, past DuckDB."""
    parameters = bench.adapter.credentials(instance, login).parameters
    secret = bench.vault(instance).get(login.secret_name).reveal()
    with harness.server(database or parameters["database"], user=parameters["user"], password=secret) as catalog:
        yield catalog


def test_the_reader_sees_tables_columns_and_inlined_rows_made_after_it(bench: Workbench, lake: Instance) -> None:
    run(bench, lake, WRITE, "CREATE TABLE raw.later (a INTEGER)", "INSERT INTO raw.later VALUES (1), (2)")
    assert run(bench, lake, READ, "SELECT a FROM raw.later ORDER BY a") == [(1,), (2,)]
    run(bench, lake, WRITE, "ALTER TABLE raw.later ADD COLUMN b INTEGER", "INSERT INTO raw.later VALUES (3, 4)")
    assert run(bench, lake, READ, "SELECT a, b FROM raw.later ORDER BY a") == [(1, None), (2, None), (3, 4)]


def test_the_reader_writes_nothing_even_past_duckdb(bench: Workbench, harness: LocalHarness, lake: Instance) -> None:
    run(bench, lake, WRITE, "CREATE TABLE raw.guarded (a INTEGER)", "INSERT INTO raw.guarded VALUES (1)")
    with signed_in(bench, harness, lake, READ) as catalog:
        tables = [name for (name,) in catalog.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'lake'")]
        assert len(tables) > 20
        for table in tables:
            catalog.execute(f'SELECT count(*) FROM lake."{table}"')
            for statement in (f'DELETE FROM lake."{table}"', f'TRUNCATE lake."{table}"', f'DROP TABLE lake."{table}"'):
                with pytest.raises(errors.InsufficientPrivilege):
                    catalog.execute(statement)
        for statement in (
            "CREATE TABLE lake.planted (a int)",
            "CREATE TABLE public.planted (a int)",
            "CREATE TEMP TABLE planted (a int)",
            "CREATE SCHEMA planted",
            "SELECT pg_read_file('/etc/passwd')",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                catalog.execute(statement)


def test_no_login_becomes_another(bench: Workbench, harness: LocalHarness, lake: Instance, own_lake: Instance) -> None:
    roles = [
        bench.adapter.credentials(other, login).parameters["user"]
        for other in (lake, own_lake)
        for login in other.logins
    ]
    groups = [f"oc_{other.tag}_{group}" for other in (lake, own_lake) for group in ("owner", "readers")]
    for login, allowed in ((READ, {"readers", "read_1"}), (WRITE, {"owner", "write_1"})):
        with signed_in(bench, harness, lake, login) as catalog:
            mine = {f"oc_{lake.tag}_{name}" for name in allowed}
            for role in {*roles, *groups, "oneclick", "postgres"} - mine:
                with pytest.raises(errors.InsufficientPrivilege):
                    catalog.execute(f'SET ROLE "{role}"')


def test_no_login_reaches_another_catalog_nor_the_products_database(
    bench: Workbench, harness: LocalHarness, lake: Instance, own_lake: Instance
) -> None:
    product = conninfo_to_dict(harness.catalog_url.reveal())["dbname"]
    other = bench.adapter.credentials(own_lake, READ).parameters["database"]
    with harness.server() as server:
        databases = [name for (name,) in server.execute("SELECT datname FROM pg_database WHERE datallowconn")]
    assert {product, other, "postgres", "template1"} <= set(databases)
    own = bench.adapter.credentials(lake, READ).parameters["database"]
    for login in lake.logins:
        for database in databases:
            if database != own:
                with (
                    pytest.raises(psycopg.OperationalError, match="permission denied for database"),
                    signed_in(bench, harness, lake, login, str(database)),
                ):
                    pass


def test_two_loaders_share_what_they_make(bench: Workbench, own_lake: Instance) -> None:
    both = own_lake.with_logins((*own_lake.logins, WRITE.successor))
    bench.knows(both)
    bench.create(both)
    run(bench, both, WRITE, "CREATE TABLE raw.shared (a INTEGER)", "INSERT INTO raw.shared VALUES (1)")
    run(
        bench, both, WRITE.successor, "INSERT INTO raw.shared VALUES (2)", "ALTER TABLE raw.shared ADD COLUMN b INTEGER"
    )
    run(bench, both, WRITE, "INSERT INTO raw.shared VALUES (3, 3)", "UPDATE raw.shared SET b = 0 WHERE b IS NULL")
    run(bench, both, WRITE.successor, "CHECKPOINT")
    expected = [(1, 0), (2, 0), (3, 3)]
    for login in (READ, WRITE, WRITE.successor):
        assert run(bench, both, login, "SELECT a, b FROM raw.shared ORDER BY a") == expected


def test_a_rotated_login_goes_with_its_sessions_and_leaves_its_tables(bench: Workbench, own_lake: Instance) -> None:
    run(bench, own_lake, WRITE, "CREATE TABLE raw.kept (a INTEGER)", "INSERT INTO raw.kept VALUES (1)")
    both = own_lake.with_logins((*own_lake.logins, WRITE.successor))
    bench.knows(both)
    bench.create(both)
    with bench.data_plane(both, WRITE).connect() as session:
        rows_of(session.query("SELECT count(*) FROM raw.kept"))
        bench.drop_logins(both, [WRITE])
        with pytest.raises(ContractError):
            rows_of(session.query("INSERT INTO raw.kept VALUES (2)"))
    left = both.with_logins((READ, WRITE.successor))
    bench.knows(left)
    run(bench, left, WRITE.successor, "INSERT INTO raw.kept VALUES (3)", "CHECKPOINT")
    assert run(bench, left, READ, "SELECT a FROM raw.kept ORDER BY a") == [(1,), (3,)]
    assert bench.status(left).state is InstanceState.READY


def test_a_rotated_login_that_owns_something_after_all_goes_too(
    bench: Workbench, harness: LocalHarness, own_lake: Instance
) -> None:
    with signed_in(bench, harness, own_lake, WRITE) as catalog:
        catalog.execute("SET ROLE NONE")
        catalog.execute("CREATE TABLE lake.stray AS SELECT 1 AS n")
    assert bench.status(own_lake).state is InstanceState.DRIFTED
    both = own_lake.with_logins((*own_lake.logins, WRITE.successor))
    bench.knows(both)
    bench.create(both)
    bench.drop_logins(both, [WRITE])
    bench.knows(both.with_logins((READ, WRITE.successor)))
    with signed_in(bench, harness, both, READ) as catalog:
        assert catalog.execute("SELECT n FROM lake.stray").fetchall() == [(1,)]


def test_the_files_are_closed_and_encrypted(bench: Workbench, lake: Instance) -> None:
    table = bench.table()
    bench.data_plane(lake).bulk_load(bench.load(table, range(5000), text="readable-words"))
    folder = Path(bench.adapter.installation.home) / "lakes" / lake.tag
    assert folder.stat().st_mode & 0o777 == 0o700
    [file] = (folder / "data" / table.schema / table.name).glob("*.parquet")
    assert b"readable-words" not in file.read_bytes()
    with pytest.raises(duckdb.Error, match="encrypt"):
        duckdb.sql(f"SELECT * FROM '{file}'").fetchall()


def test_the_password_shows_nowhere_in_the_session(bench: Workbench, lake: Instance) -> None:
    for login in lake.logins:
        secret = bench.vault(lake).get(login.secret_name).reveal()
        for query in (
            "SELECT * FROM duckdb_databases()",
            "SELECT * FROM duckdb_secrets()",
            "SELECT * FROM duckdb_settings()",
            "SELECT * FROM pragma_database_list",
        ):
            assert secret not in str(run(bench, lake, login, query))


def test_the_server_shows_whose_request_a_session_serves(
    bench: Workbench, harness: LocalHarness, lake: Instance
) -> None:
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'one-click contract-suite' AND usename LIKE %s"
    )
    with bench.open(lake), bench.data_plane(lake, AccessLevel.READ).connect(), harness.server() as server:
        for user in ("oneclick", f"oc_{lake.tag}_read_1"):
            assert server.execute(query, [user]).fetchone() != (0,)


def test_the_server_never_sees_a_password_in_plain_text(
    bench: Workbench, harness: LocalHarness, lake: Instance
) -> None:
    with psycopg.connect(EmbeddedPostgres(harness.home).superuser_url()) as server:
        stored = server.execute("SELECT rolpassword FROM pg_authid WHERE rolname LIKE %s", [f"oc_{lake.tag}%_1"])
        assert all(text.startswith("SCRAM-SHA-256$") for (text,) in stored.fetchall())


def test_several_readers_and_loaders_at_once_use_few_connections(
    bench: Workbench, harness: LocalHarness, own_lake: Instance
) -> None:
    run(bench, own_lake, WRITE, "CREATE TABLE raw.t AS SELECT i FROM range(100000) t(i)")
    sessions = [bench.data_plane(own_lake, login).connect() for login in own_lake.logins for _ in range(3)]
    threads = [threading.Thread(target=rows_of, args=(s.query("SELECT sum(i) AS n FROM raw.t"),)) for s in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with harness.server() as server:
        row = server.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [f"oc_{own_lake.tag}"]
        ).fetchone()
    assert row is not None
    assert row[0] <= 2 * len(sessions)
    for session in sessions:
        session.close()


def dropped_by_hand(bench: Workbench, instance: Instance) -> Sequence[str]:
    return [difference.name for difference in bench.status(instance).differences]


@pytest.mark.parametrize(
    ("statement", "difference"),
    [
        ("ALTER ROLE {read} NOLOGIN", "may sign in"),
        ("ALTER ROLE {read} CREATEDB", "server-wide rights"),
        ("GRANT {owner} TO {read}", "groups"),
        ("REVOKE {readers} FROM {read}", "groups"),
        ("ALTER ROLE {write} IN DATABASE {database} RESET role", "settings"),
        ("ALTER ROLE {owner} LOGIN", "may sign in"),
        ("GRANT CONNECT ON DATABASE {database} TO PUBLIC", "the public"),
        ("REVOKE CONNECT ON DATABASE {database} FROM {readers}", "readers"),
        ("ALTER DATABASE {database} ALLOW_CONNECTIONS false", "connections"),
    ],
)
def test_a_change_on_the_server_is_seen_and_taken_back(
    bench: Workbench, harness: LocalHarness, lake: Instance, statement: str, difference: str
) -> None:
    tag = lake.tag
    names = {"owner": f"oc_{tag}_owner", "readers": f"oc_{tag}_readers", "database": f"oc_{tag}"}
    with harness.server() as server:
        server.execute(statement.format(**names, read=f"oc_{tag}_read_1", write=f"oc_{tag}_write_1"))
    assert difference in dropped_by_hand(bench, lake)
    bench.create(lake)
    assert bench.status(lake).state is InstanceState.READY
    for login in lake.logins:
        assert run(bench, lake, login, "SELECT 1 AS n") == [(1,)]


@pytest.mark.parametrize(
    ("statement", "difference"),
    [
        ("REVOKE SELECT ON lake.ducklake_data_file FROM {readers}", "readers"),
        ("GRANT INSERT ON lake.ducklake_data_file TO {readers}", "readers"),
        ("REVOKE USAGE ON SCHEMA lake FROM {readers}", "readers"),
        ("ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA lake REVOKE SELECT ON TABLES FROM {readers}", "readers"),
        ("ALTER TABLE lake.ducklake_tag OWNER TO {write}", "catalog tables"),
    ],
)
def test_a_change_in_the_catalog_is_seen_and_taken_back(
    bench: Workbench, harness: LocalHarness, lake: Instance, statement: str, difference: str
) -> None:
    tag = lake.tag
    with harness.server(f"oc_{tag}") as catalog:
        if "OWNER TO" in statement:
            catalog.execute(f"GRANT CREATE ON SCHEMA lake TO oc_{tag}_write_1")
        catalog.execute(
            statement.format(owner=f"oc_{tag}_owner", readers=f"oc_{tag}_readers", write=f"oc_{tag}_write_1")
        )
    assert difference in dropped_by_hand(bench, lake)
    bench.create(lake)
    assert bench.status(lake).state is InstanceState.READY


def test_a_schema_and_a_mode_changed_behind_our_back_are_seen_and_taken_back(
    bench: Workbench, own_lake: Instance
) -> None:
    folder = Path(bench.adapter.installation.home) / "lakes" / own_lake.tag
    run(bench, own_lake, WRITE, "DROP SCHEMA staging")
    folder.chmod(0o755)
    assert dropped_by_hand(bench, own_lake) == ["mode", "schemas"]
    bench.create(own_lake)
    assert bench.status(own_lake).state is InstanceState.READY
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_database_whose_drop_was_cut_short_is_made_anew(
    bench: Workbench, harness: LocalHarness, own_lake: Instance
) -> None:
    cut_short(harness, own_lake)
    assert "state" in dropped_by_hand(bench, own_lake)
    bench.create(own_lake)
    assert bench.status(own_lake).state is InstanceState.READY
    assert run(bench, own_lake, READ, "SELECT 1 AS n") == [(1,)]
    cut_short(harness, own_lake)
    bench.destroy(own_lake)
    assert harness.inventory(own_lake) == frozenset()


def cut_short(harness: LocalHarness, instance: Instance) -> None:
    """Mark the database as PostgreSQL does before it drops one (https://www.postgresql.org/docs/current/catalog-pg-database.html)."""
    with psycopg.connect(EmbeddedPostgres(harness.home).superuser_url(), autocommit=True) as server:
        server.execute("UPDATE pg_database SET datconnlimit = -2 WHERE datname = %s", [f"oc_{instance.tag}"])


def test_a_lake_works_after_its_home_has_moved(bench: Workbench, own_lake: Instance, tmp_path: Path) -> None:
    run(bench, own_lake, WRITE, "CREATE TABLE raw.moved AS SELECT i FROM range(1000) t(i)")
    there = LocalHarness(home=tmp_path / "elsewhere")
    shutil.move(bench.harness.adapter.installation.home / "lakes" / own_lake.tag, there.home / "lakes" / own_lake.tag)
    for login in own_lake.logins:
        plane = there.adapter.data_plane(bench.access(own_lake, login))
        with plane.connect() as session:
            assert rows_of(session.query("SELECT sum(i) AS n FROM raw.moved")) == [(499_500,)]
        assert [found.table for found in plane.list_tables()] == [TableName(schema="raw", name="moved")]


def test_what_a_loader_plants_in_the_catalog_never_runs_as_the_operator(
    bench: Workbench, harness: LocalHarness, own_lake: Instance
) -> None:
    database = bench.adapter.credentials(own_lake, WRITE).parameters["database"]
    with signed_in(bench, harness, own_lake, WRITE) as catalog:
        catalog.execute(f"""
            CREATE SCHEMA planted; GRANT USAGE ON SCHEMA planted TO PUBLIC;
            CREATE TABLE planted.seen (who name);
            GRANT ALL ON planted.seen TO PUBLIC;
            CREATE FUNCTION planted.note() RETURNS void LANGUAGE sql AS
                'INSERT INTO planted.seen SELECT session_user';
            CREATE FUNCTION planted.to_regclass(text) RETURNS regclass LANGUAGE sql AS
                'SELECT planted.note(); SELECT pg_catalog.to_regclass($1)';
            CREATE FUNCTION planted.on_change() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN PERFORM planted.note(); RETURN NEW; END';
            CREATE TRIGGER planted BEFORE INSERT OR UPDATE ON lake.ducklake_schema
                FOR EACH ROW EXECUTE FUNCTION planted.on_change();
            ALTER TABLE lake.ducklake_metadata RENAME TO settings;
            CREATE FUNCTION planted.with_note(text) RETURNS text LANGUAGE sql AS 'SELECT planted.note(); SELECT $1';
            CREATE VIEW lake.ducklake_metadata AS
                SELECT planted.with_note(key) AS key, value, scope, scope_id FROM lake.settings;
            ALTER DATABASE "{database}" SET search_path = planted, pg_catalog, lake;
            """)
    seen = bench.status(own_lake)
    assert "unreadable" in {difference.found for difference in seen.differences}

    with signed_in(bench, harness, own_lake, WRITE) as catalog:
        catalog.execute("DROP VIEW lake.ducklake_metadata; ALTER TABLE lake.settings RENAME TO ducklake_metadata")
        catalog.execute("UPDATE lake.ducklake_schema SET end_snapshot = 1 WHERE schema_name = 'staging'")
    bench.create(own_lake)
    with signed_in(bench, harness, own_lake, WRITE) as catalog:
        users = {name for (name,) in catalog.execute("SELECT who FROM planted.seen")}
    product = conninfo_to_dict(harness.catalog_url.reveal())["user"]
    assert users, "nothing that was planted ran, so this shows nothing"
    assert product not in users


def test_a_login_that_a_killed_worker_left_goes_with_the_warehouse(
    bench: Workbench, harness: LocalHarness, own_lake: Instance
) -> None:
    with harness.server() as server:
        server.execute(f"CREATE ROLE oc_{own_lake.tag}_passing_1 LOGIN IN ROLE oc_{own_lake.tag}_owner")
    bench.destroy(own_lake)
    assert harness.inventory(own_lake) == frozenset()


def test_a_login_that_a_killed_worker_left_goes_with_the_next_look_and_a_young_one_stays(
    bench: Workbench, harness: LocalHarness, own_lake: Instance
) -> None:
    ends = {"old": "4 minutes", "young": "9 minutes 59 seconds"}
    with harness.server() as server:
        for age, end in ends.items():
            server.execute(f"CREATE ROLE oc_{own_lake.tag}_passing_{age} LOGIN IN ROLE oc_{own_lake.tag}_owner")
            server.execute(
                f"DO $$ BEGIN EXECUTE format('ALTER ROLE oc_{own_lake.tag}_passing_{age} VALID UNTIL %L',"
                f" now() + interval '{end}'); END $$"
            )

    bench.status(own_lake)

    with harness.server() as server:
        left = server.execute(
            "SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)", [f"oc_{own_lake.tag}_passing_"]
        ).fetchall()
    assert left == [(f"oc_{own_lake.tag}_passing_young",)]
    bench.destroy(own_lake)
    assert harness.inventory(own_lake) == frozenset()


def test_paths_that_a_loader_writes_into_the_catalog_lead_nowhere(
    bench: Workbench, harness: LocalHarness, own_lake: Instance, tmp_path: Path
) -> None:
    run(bench, own_lake, WRITE, "CREATE TABLE raw.t (i BIGINT)")
    precious = tmp_path / "precious.parquet"
    run(bench, own_lake, WRITE, f"COPY (SELECT 2::BIGINT AS i FROM range(20000)) TO '{precious}'")
    plane = bench.data_plane(own_lake)
    assert isinstance(plane, LocalDataPlane)
    with signed_in(bench, harness, own_lake, WRITE) as catalog:
        catalog.execute(
            "INSERT INTO lake.ducklake_files_scheduled_for_deletion "
            "VALUES (999, %s, false, now() - interval '90 days')",
            [str(precious)],
        )
    with pytest.raises(PermissionDenied):
        plane.maintain(now=datetime.now(UTC), longest_run=timedelta(hours=1))
    assert precious.exists()

    with signed_in(bench, harness, own_lake, WRITE) as catalog:
        catalog.execute("DELETE FROM lake.ducklake_files_scheduled_for_deletion")
        catalog.execute("UPDATE lake.ducklake_metadata SET value = 'false' WHERE key = 'encrypted'")
        catalog.execute(
            "INSERT INTO lake.ducklake_data_file (data_file_id, table_id, begin_snapshot, file_order, path, "
            "path_is_relative, file_format, record_count, file_size_bytes, footer_size, row_id_start) "
            "SELECT 999, table_id, begin_snapshot, 0, %s, false, 'parquet', 20000, %s, %s, 1 "
            "FROM lake.ducklake_table WHERE table_name = 't'",
            [str(precious), precious.stat().st_size, int.from_bytes(precious.read_bytes()[-8:-4], "little")],
        )
    with plane.connect() as session:
        assert rows_of(session.query("SELECT count(*) FROM raw.t WHERE i = 2")) == [(20000,)], (
            "the path does lead there"
        )
    with bench.data_plane(own_lake, READ).connect() as session, pytest.raises(PermissionDenied):
        rows_of(session.query("SELECT * FROM raw.t"))


@pytest.mark.parametrize("login", [READ, WRITE])
def test_a_login_that_changed_its_own_password_is_seen_and_repaired(
    bench: Workbench, harness: LocalHarness, own_lake: Instance, login: Login
) -> None:
    with signed_in(bench, harness, own_lake, login) as catalog:
        user = bench.adapter.credentials(own_lake, login).parameters["user"]
        catalog.execute("SET ROLE NONE")
        catalog.execute(f"""ALTER ROLE "{user}" PASSWORD 'mine alone'""")
    status = bench.status(own_lake)
    assert status.state is InstanceState.DRIFTED
    assert [(one.address.name, one.found) for one in status.differences] == [(user, "is refused")]

    bench.create(own_lake)

    assert bench.status(own_lake).state is InstanceState.READY
    with signed_in(bench, harness, own_lake, login) as catalog:
        catalog.execute("SELECT 1")


def test_making_and_taking_away_a_warehouse_proves_no_password(bench: Workbench) -> None:
    instance, seen = bench.new_instance(), Calls()
    for work in (bench.adapter.create, bench.adapter.status, bench.adapter.destroy):
        with bench.open(instance) as session:
            session.observer = seen
            work(instance, session, *(() if work == bench.adapter.status else (SilentJournal(),)))
        assert sum(call.startswith("sign in") for call in seen.made) == (2 if work == bench.adapter.status else 0)
        seen.made.clear()


def test_an_operator_can_take_large_objects_away(bench: Workbench, harness: LocalHarness, own_lake: Instance) -> None:
    """The statement of docs/explanation/security.md; nothing of ours needs what it takes."""
    with signed_in(bench, harness, own_lake, READ) as catalog:
        catalog.execute("SELECT lo_create(0)")
        database = catalog.info.dbname
    with psycopg.connect(EmbeddedPostgres(harness.home).superuser_url(), dbname=database, autocommit=True) as root:
        root.execute(LARGE_OBJECTS)
    with signed_in(bench, harness, own_lake, READ) as catalog:
        for statement in ("SELECT lo_create(0)", "SELECT lo_creat(-1)", "SELECT lo_from_bytea(0, 'x')"):
            with pytest.raises(errors.InsufficientPrivilege):
                catalog.execute(statement)
    run(bench, own_lake, WRITE, "CREATE TABLE raw.after (a INTEGER)", "INSERT INTO raw.after VALUES (1)")
    assert run(bench, own_lake, READ, "SELECT a FROM raw.after") == [(1,)]
