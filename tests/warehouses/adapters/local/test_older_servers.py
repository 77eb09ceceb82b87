"""The catalogs live on any PostgreSQL from version 14 on, also where memberships know no options yet.

Servers that lie elsewhere are named in OLDER_POSTGRES: their `bin` folders, separated by colons.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from oneclick.core.secrets import SecretText
from oneclick.warehouses.contract.descriptions import CheckResult, InstanceState
from oneclick.warehouses.contract.instance import AccessLevel, Account
from oneclick.warehouses.testing.workbench import Workbench
from tests.warehouses.adapters.local.harness import LocalHarness

GIVEN = [Path(folder) for folder in os.environ.get("OLDER_POSTGRES", "").split(":") if folder]
SERVERS = [*sorted(Path("/usr/lib/postgresql").glob("*/bin")), *GIVEN]

pytestmark = pytest.mark.skipif(not SERVERS, reason="no other PostgreSQL is installed")


@pytest.fixture(scope="module", params=SERVERS, ids=lambda binaries: binaries.parts[-2])
def old_server(request: pytest.FixtureRequest) -> Iterator[LocalHarness]:
    binaries: Path = request.param
    folder = Path(tempfile.mkdtemp(prefix="older-", dir="/tmp"))
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    os.chown(folder, account.pw_uid, account.pw_gid)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    initdb = [binaries / "initdb", "-D", folder / "data", "-U", "postgres", "--auth=trust", "--no-sync"]
    subprocess.run(initdb, check=True, capture_output=True, cwd="/", **identity)
    command = [binaries / "postgres", "-D", folder / "data", "-p", str(port), "-k", folder]
    server = subprocess.Popen(command, cwd="/", stderr=subprocess.DEVNULL, **identity)
    try:
        superuser = f"host=127.0.0.1 port={port} user=postgres dbname=postgres"
        with wait_for(superuser) as connection:
            connection.execute("CREATE ROLE app LOGIN CREATEDB CREATEROLE PASSWORD 'app'")
            connection.execute("CREATE DATABASE app OWNER app")
            connection.execute("REVOKE ALL ON DATABASE app FROM PUBLIC")
        (folder / "data" / "pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n")
        subprocess.run(
            [binaries / "pg_ctl", "-D", folder / "data", "reload"], check=True, capture_output=True, cwd="/", **identity
        )
        yield LocalHarness(
            catalog_url=SecretText(f"host=127.0.0.1 port={port} user=app password=app dbname=app"),
        )
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(folder)


def wait_for(url: str) -> "psycopg.Connection[tuple[object, ...]]":
    deadline = time.monotonic() + 30
    while True:
        try:
            return psycopg.connect(url, autocommit=True)
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@pytest.fixture
def bench(old_server: LocalHarness) -> Iterator[Workbench]:
    bench = Workbench(old_server)
    yield bench
    bench.close()


def test_a_lake_lives_its_whole_life_there(bench: Workbench, old_server: LocalHarness) -> None:
    failed = [check for check in bench.adapter.validate_config(Account()) if check.result is not CheckResult.PASSED]
    assert failed == []
    before = old_server.snapshot()
    instance = bench.created()
    table = bench.table()
    bench.data_plane(instance).bulk_load(bench.load(table, range(1000)))
    with bench.data_plane(instance).connect() as session:
        for statement in (
            "CREATE TABLE raw.t (a INTEGER)",
            "INSERT INTO raw.t VALUES (1)",
            "ALTER TABLE raw.t ADD COLUMN b INTEGER",
        ):
            session.query(statement)
        session.query("INSERT INTO raw.t VALUES (2, 2)")
    assert bench.rows(instance, "SELECT a, b FROM raw.t ORDER BY a") == [(1, None), (2, 2)]
    assert bench.status(instance).state is InstanceState.READY, "what the loader made belongs to the owner"

    old = instance.logins[0]
    both = instance.with_logins((*instance.logins, old.successor))
    bench.knows(both)
    bench.create(both)
    bench.drop_logins(both, [old])
    left = both.with_logins((old.successor, *instance.logins[1:]))
    bench.knows(left)
    bench.data_plane(left, old.successor).bulk_load(bench.load(table, range(1000, 1500), fence=2))
    assert bench.rows(left, f"SELECT count(*) FROM {table}", AccessLevel.READ) == [(1500,)]
    other = bench.created()
    for login in other.logins:
        assert not old_server.reaches(bench.access(other, login), left)
    for gone in (left, other):
        bench.destroy(gone)
    assert old_server.snapshot() == before
