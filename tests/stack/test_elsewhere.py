"""The stack in places that aren't like ours: a closed folder, an ordinary user, somebody else's PostgreSQL."""

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from oneclick.core.secrets import SecretText
from oneclick.stack.account import run_as, server_account
from oneclick.stack.database import LAKE_NEEDS, METADATA_NEEDS, Need, look
from oneclick.stack.ports import free_port
from tests.installations import environment
from tests.stack.conftest import Installation

DEBIAN = Path("/usr/lib/postgresql/15/bin")
PROJECT = Path(__file__).parents[2]
SYSTEM_PYTHON = Path("/usr/bin/python3")

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@as_root
def test_as_root_it_runs_from_a_closed_folder_with_its_home_elsewhere(installation: Installation) -> None:
    closed = Path(tempfile.mkdtemp(prefix="oneclick-clone-", dir="/tmp"))
    assert closed.stat().st_mode & 0o077 == 0
    shutil.copytree(PROJECT / "src", closed / "src")
    installation.settings["PYTHONPATH"] = str(closed / "src")
    (installation.home / "postgres-binaries").unlink()
    try:
        status = installation.up()
        assert status["phase"] == "ready"
        assert installation.run("down").returncode == 0
    finally:
        shutil.rmtree(closed)


@as_root
def test_as_root_a_home_in_a_closed_folder_is_refused_with_the_cure() -> None:
    closed = Path(tempfile.mkdtemp(prefix="oneclick-closed-", dir="/tmp"))
    try:
        done = Installation(closed / "home").run("up")
    finally:
        shutil.rmtree(closed)
    assert done.returncode == 1
    assert f"can't enter {closed}." in done.stderr
    assert "Set ONECLICK_HOME to a folder outside" in done.stderr


@as_root
def test_as_an_ordinary_user_it_comes_up_and_goes(empty_home: Path) -> None:
    python = _python_for_everybody()
    account = server_account()
    assert account is not None
    empty_home.chmod(0o755)
    own = empty_home / "own"
    own.mkdir(mode=0o700)
    os.chown(own, account.pw_uid, account.pw_gid)
    settings = environment(own / "state", HOME=str(own), PYTHONPATH=_reachable_path(empty_home))

    def oneclick(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [python, "-m", "oneclick.cli", *arguments],
            env=settings, cwd="/", capture_output=True, text=True, timeout=100, check=False, **run_as(account),
        )  # fmt: skip

    try:
        up = oneclick("up", "--detach")
        assert up.returncode == 0, up.stderr
        assert oneclick("doctor").returncode == 0
        owners = {path.lstat().st_uid for path in (own / "state").rglob("*")}
        assert owners == {account.pw_uid}
    finally:
        down = oneclick("down")
    assert down.returncode == 0, down.stderr


def _python_for_everybody() -> Path:
    if not SYSTEM_PYTHON.exists():
        pytest.skip(f"there is no {SYSTEM_PYTHON} that another user could run")
    version = subprocess.run(
        [SYSTEM_PYTHON, "-c", "import sys; print(*sys.version_info[:2], sep='.')"],
        capture_output=True, text=True, check=False,
    ).stdout.strip()  # fmt: skip
    if version != ".".join(map(str, sys.version_info[:2])):
        pytest.skip(f"{SYSTEM_PYTHON} is {version or 'broken'}, and our packages are for another one")
    return SYSTEM_PYTHON


def _reachable_path(folder: Path) -> str:
    """Our packages and sources under a folder that everybody can enter, linked rather than copied where that works."""
    packages = Path(psycopg.__file__).parents[1]
    for source, name in ((packages, "packages"), (PROJECT / "src", "src")):
        linked = subprocess.run(["/bin/cp", "-al", source, folder / name], check=False, capture_output=True)
        if linked.returncode:
            shutil.rmtree(folder / name, ignore_errors=True)
            subprocess.run(["/bin/cp", "-a", source, folder / name], check=True)
    return f"{folder / 'src'}:{folder / 'packages'}"


class Debian:
    """A throw-away server of Debian's package, with a role as its administrator would make it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self._account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None

    def start(self) -> None:
        if self._account:
            os.chown(self._folder, self._account.pw_uid, self._account.pw_gid)
        self._run("initdb", "-D", str(self._folder / "data"), "-U", "postgres", "--auth=trust", "--no-sync")
        options = f"-p {self.port} -k '' -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run(
            "pg_ctl", "-D", str(self._folder / "data"), "-l", str(self._folder / "log"), "-o", options, "-w", "start"
        )

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "stop")

    def url(self, user: str, database: str) -> str:
        return f"postgresql://{user}:secret@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str, database: str = "postgres") -> None:
        conninfo = make_conninfo(host="127.0.0.1", port=self.port, user="postgres", dbname=database)
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(sql.SQL(statement))  # type: ignore[arg-type]  # the tests' own literals

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [DEBIAN / program, *arguments], cwd="/", check=True, stdout=subprocess.DEVNULL, **run_as(self._account)
        )


@pytest.fixture(scope="module")
def debian() -> Iterator[Debian]:
    if not DEBIAN.exists():
        pytest.skip("Debian's PostgreSQL 15 is not installed (postgresql-15)")
    folder = Path(tempfile.mkdtemp(prefix="oneclick-debian-", dir="/tmp"))
    server = Debian(folder)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


def test_it_runs_on_debians_server_with_a_role_that_has_createdb_and_createrole_alone(
    debian: Debian, empty_home: Path
) -> None:
    debian.execute("CREATE ROLE dwh LOGIN CREATEDB CREATEROLE PASSWORD 'secret'")
    debian.execute("CREATE DATABASE dwh OWNER dwh")
    installation = Installation(empty_home, {"DATABASE_URL": debian.url("dwh", "dwh")})
    status = installation.up()
    assert {part["name"] for part in status["parts"]} == {"supervisor", "web", "worker"}
    assert not (empty_home / "postgres").exists()
    examined = installation.run("doctor")
    assert examined.returncode == 0, examined.stdout
    assert "PostgreSQL 15" in examined.stdout
    assert _chain(installation, empty_home) == [{"schema": "raw", "name": "orders", "rows": 3}]
    assert installation.run("down").returncode == 0


def _chain(installation: Installation, folder: Path) -> list[dict[str, object]]:
    """The tables of a warehouse that was set up, filled, compared and asked there."""
    file, summary = folder / "orders.csv", folder / "summary.json"
    file.write_text("id,amount\n1,2.5\n2,3.5\n3,4\n")
    done = installation.run("demo", "--exit", "--file", str(file), "--json", str(summary))
    assert done.returncode == 0, done.stderr
    tables: list[dict[str, object]] = json.loads(summary.read_text())["warehouse"]["tables"]
    return tables


def test_a_server_that_is_too_old_is_named_with_its_version(debian: Debian, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oneclick.stack.database.OLDEST", 990000)
    (lack,) = look(SecretText(debian.url("postgres", "postgres")), needs=[Need.VERSION]).lacks
    assert lack.what.startswith("the server is PostgreSQL 15")
    assert lack.cure


def test_what_a_role_lacks_is_named_with_the_statement_that_mends_it(debian: Debian, empty_home: Path) -> None:
    debian.execute("CREATE ROLE poor LOGIN PASSWORD 'secret'")
    debian.execute("CREATE DATABASE poor")
    url = SecretText(debian.url("poor", "poor"))

    lacks = {lack.need: lack.cure for lack in look(url, needs=METADATA_NEEDS + LAKE_NEEDS).lacks}
    assert set(lacks) == {Need.TABLES, Need.CREATEDB, Need.CREATEROLE}

    done = Installation(empty_home, {"DATABASE_URL": url.reveal()}).run("up")
    assert done.returncode == 6
    assert "DATABASE_URL: the role poor may not make tables in the database poor." in done.stderr
    assert "secret" not in done.stderr

    for cure in lacks.values():
        debian.execute(cure.split(": ", 1)[1], database="poor")
    assert not look(url, needs=METADATA_NEEDS + LAKE_NEEDS).lacks


def test_a_role_without_rights_for_lakes_starts_and_is_told_so(debian: Debian, empty_home: Path) -> None:
    debian.execute("CREATE ROLE lakeless LOGIN PASSWORD 'secret'")
    debian.execute("CREATE DATABASE lakeless OWNER lakeless")
    installation = Installation(empty_home, {"DATABASE_URL": debian.url("lakeless", "lakeless")})
    examined = installation.run("doctor")
    assert examined.returncode == 1
    assert "the role lakeless may not make databases" in examined.stdout.lower()
    assert 'ALTER ROLE "lakeless" CREATEDB;' in examined.stdout


def test_a_database_that_does_not_exist_is_named(debian: Debian) -> None:
    (lack,) = look(SecretText(debian.url("postgres", "nowhere")), needs=METADATA_NEEDS).lacks
    assert lack.need is Need.REACHABLE
    assert 'database "nowhere" does not exist' in lack.what
