"""What is said before anything is made, and when a part of the machine is missing."""

import os
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from oneclick.core.secrets import SecretText
from oneclick.stack.postgres import EmbeddedPostgres
from oneclick.warehouses.adapters.local import LocalAdapter
from oneclick.warehouses.contract.descriptions import Check, CheckResult, InstanceState
from oneclick.warehouses.contract.errors import InvalidConfig, Unavailable
from oneclick.warehouses.contract.instance import Account, Installation, Instance
from oneclick.warehouses.testing.workbench import Workbench
from tests.warehouses.adapters.local.harness import LocalHarness


def checks(harness: LocalHarness, *, home: Path | None = None, **parameters: str | int) -> dict[str, Check]:
    """Those that didn't pass, by what they found missing."""
    url = SecretText(make_conninfo(harness.catalog_url.reveal(), **parameters))
    found = LocalHarness(catalog_url=url, home=home).adapter.validate_config(Account())
    return {check.missing or check.title: check for check in found if check.result is not CheckResult.PASSED}


@contextmanager
def role(harness: LocalHarness, name: str, rights: str) -> Iterator[str]:
    with psycopg.connect(EmbeddedPostgres(harness.home).superuser_url(), autocommit=True) as server:
        server.execute(f"CREATE ROLE {name} LOGIN {rights} PASSWORD 'planted'")
        server.execute(f"GRANT CONNECT ON DATABASE oneclick TO {name}")
        try:
            yield name
        finally:
            server.execute(f"REVOKE CONNECT ON DATABASE oneclick FROM {name}")
            server.execute(f"DROP ROLE {name}")


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_all_pass_with_no_more_rights_than_we_ask_for(harness: LocalHarness) -> None:
    assert checks(harness) == {}


@pytest.mark.parametrize(("lacking", "rights"), [("CREATEDB", "CREATEROLE"), ("CREATEROLE", "CREATEDB")])
def test_a_missing_right_is_named_with_the_statement_that_grants_it(
    harness: LocalHarness, lacking: str, rights: str
) -> None:
    name = f"without_{lacking.lower()}"
    with role(harness, name, rights):
        failed = checks(harness, user=name, password="planted")
    assert set(failed) == {lacking}
    assert failed[lacking].remedy == f'ALTER ROLE "{name}" {lacking};'


def test_a_database_that_is_open_to_everybody_is_named(harness: LocalHarness) -> None:
    with harness.server() as server:
        server.execute("CREATE DATABASE open_to_all")
        try:
            failed = checks(harness, dbname="open_to_all")
            assert [check.remedy for check in failed.values()] == ['REVOKE ALL ON DATABASE "open_to_all" FROM PUBLIC;']
            passed = [check for check in harness.adapter.validate_config(Account()) if "open_to_all" in check.detail]
            assert len(passed) == 1, "and seen from our own database it is at least mentioned"
        finally:
            server.execute("DROP DATABASE open_to_all")


def test_a_server_that_does_not_answer_fails_one_check_and_leaves_the_others_open(harness: LocalHarness) -> None:
    failed = checks(harness, port=closed_port())
    results = [check.result for check in failed.values()]
    assert results.count(CheckResult.FAILED) == 1
    assert results.count(CheckResult.NOT_CHECKABLE) == 3


def test_a_wrong_password_is_said_without_showing_it(harness: LocalHarness) -> None:
    failed = checks(harness, password="planted-wrong")
    text = str(failed)
    assert "password authentication failed" in text
    assert "planted-wrong" not in text


def test_a_home_that_is_no_folder_is_named(harness: LocalHarness, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    failed = checks(harness, home=file / "home")
    assert [check.missing for check in failed.values()] == [f"write permission on {file}"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_named(harness: LocalHarness, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert len(checks(harness, home=tmp_path)) == 1


def test_a_disk_that_is_nearly_full_is_named(harness: LocalHarness) -> None:
    failed = checks(harness, home=Path("/proc"))
    assert any("free" in check.detail for check in failed.values())


def test_no_address_and_one_that_cannot_be_read_are_said_without_showing_it(tmp_path: Path) -> None:
    for options in ({}, {"catalog_url": SecretText("postgresql://u:planted-secret@[::bad/db")}):
        with pytest.raises(InvalidConfig) as caught:
            LocalAdapter(Installation(id="x", home=tmp_path, options=options)).validate_config(Account())
        assert caught.value.hint
        assert "planted-secret" not in "".join(traceback.format_exception(caught.value))


def test_a_server_that_stops_in_the_middle_makes_the_status_unreachable(bench: Workbench, own_lake: Instance) -> None:
    with bench.open(own_lake) as session:
        session.admin.close()
        assert bench.adapter.status(own_lake, session).state is InstanceState.UNREACHABLE
    gone = LocalHarness(catalog_url=SecretText(f"host=127.0.0.1 port={closed_port()} user=x dbname=x"))
    with pytest.raises(Unavailable), gone.adapter.data_plane(bench.access(own_lake, own_lake.logins[0])).connect():
        pass


def test_importing_the_adapter_opens_no_driver() -> None:
    code = (
        "import sys; from oneclick.warehouses.adapters.local import LocalAdapter; "
        "print([name for name in ('duckdb', 'psycopg', 'arro3') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
