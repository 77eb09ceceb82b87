"""One installation's processes as a whole: what they are, how they come up in order, and how they go.

lock → sweep strays → PostgreSQL → port → migrations → web and worker → ready
"""

import http.client
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from oneclick.core.secrets import SecretText
from oneclick.project.environment import PORT, Environment
from oneclick.project.migration import MigrationNote
from oneclick.project.stub import refuse_exposed_stub, stub_services
from oneclick.stack.child import command, environment
from oneclick.stack.database import LAKE_NEEDS, METADATA_NEEDS, look
from oneclick.stack.errors import DatabaseUnreachable, StackError
from oneclick.stack.files import last_words
from oneclick.stack.logs import RotatingLog
from oneclick.stack.ports import ReservedPort
from oneclick.stack.postgres import EmbeddedPostgres, make_home
from oneclick.stack.processes import sweep
from oneclick.stack.state import Condition, Phase, Presence, ServiceState, StackState
from oneclick.stack.supervisor import Service, Supervisor

READY_WITHIN_S = 90.0
CRASHES_AT_START = 3
POLL_S = 0.03
EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - recognised, not bound


class Stack:
    """All processes of one installation, kept alive from `start()` to `stop()`.

    `report` gets one sentence per step, for people. Use it as a context manager, so that nothing is left behind.
    """

    def __init__(self, environment: Environment, *, report: Callable[[str], None]) -> None:
        self._environment = environment
        self._home = environment.home
        self._report = report
        self._presence = Presence(environment.home)
        self._postgres = EmbeddedPostgres(environment.home) if environment.is_embedded else None
        self._port: ReservedPort | None = None
        self._supervisor: Supervisor | None = None
        self._phase = Phase.STARTING
        self._started_at = time.time()
        self._asked_to_stop = threading.Event()
        self._is_waiting = False

    @property
    def url(self) -> str:
        """What people type into their browser."""
        return self._environment.external_url or self.local_url

    @property
    def local_url(self) -> str:
        """The same on this machine, whatever stands before us."""
        address = EVERY_ADDRESS.get(self._environment.bind, self._environment.bind)
        host = f"[{address}]" if ":" in address else address
        return f"http://{host}:{self._port.port if self._port else self._environment.port}"

    def start(self) -> None:
        """Bring everything up; returns when it answers.

        Raises `StackRunning` where another process does so already, else a `StackError` that says what failed; what
        had come up by then is stopped again.
        """
        _prepare(self._environment)
        self._presence.take()
        try:
            self._come_up()
        except BaseException:
            self.stop()
            raise

    def wait(self) -> None:
        """Stay until `interrupt()`; raises `StackError` if the services are no longer looked after."""
        self._is_waiting = True
        while not self._asked_to_stop.wait(1.0):
            if self._supervisor is None or not self._supervisor.is_alive():
                raise StackError("The supervisor ended unexpectedly.", hint="Start again with: oneclick up")

    def interrupt(self) -> None:
        """For a signal's handler: ends `wait()`; shortens a stop that is under way; else raises KeyboardInterrupt."""
        if self._phase is Phase.STOPPING or self._asked_to_stop.is_set():
            if self._supervisor:
                self._supervisor.hurry()
        elif self._is_waiting:
            self._asked_to_stop.set()
        else:
            raise KeyboardInterrupt

    def stop(self) -> None:
        """End the services, then PostgreSQL; stopped already is fine."""
        self._phase = Phase.STOPPING
        self._publish()
        if self._supervisor:
            self._supervisor.stop()
        if self._postgres:
            self._postgres.stop()
        if self._port:
            self._port.release()
        self._presence.leave()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    # -- coming up ---------------------------------------------------------------------------------------------

    def _come_up(self) -> None:
        self._publish()
        if killed := sweep(self._home):
            self._report(f"Ended what an earlier start had left behind: {len(killed)} processes.")
        with self._step("PostgreSQL answers"):
            self._start_database()
        self._choose_port()
        with self._step("The database is up to date"):
            self._migrate()
        refuse_exposed_stub(
            self._database_url(), bind=self._environment.bind, external_url=self._environment.external_url
        )
        with self._step("Web and worker run"):
            self._start_services()
        self._phase = Phase.READY
        self._publish()

    @contextmanager
    def _step(self, done: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self._report(f"{done} ({time.monotonic() - began:.1f} s)")

    def _start_database(self) -> None:
        if self._postgres:
            self._postgres.start()
            return
        given = self._environment
        for lack in look(given.database_url, needs=METADATA_NEEDS).lacks:
            raise DatabaseUnreachable(f"DATABASE_URL: {lack.what}", hint=lack.cure)
        for lack in look(given.lake_database_url or given.database_url, needs=LAKE_NEEDS).lacks:
            self._report(f"No local warehouse can be made: {lack.what} {lack.cure}")

    def _choose_port(self) -> None:
        wanted = self._environment.port
        self._port = ReservedPort(self._environment.bind, wanted)
        if self._port.port != wanted:
            name = PORT.name if os.environ.get(PORT.name) else "port"
            self._report(f"{name} {wanted} is taken by another program; using {self._port.port} instead.")

    def _migrate(self) -> None:
        url = self._database_url()
        note = MigrationNote(self._home)
        if note.is_current(url):
            return
        log = RotatingLog(self._home / "logs" / "migration.log")
        done = subprocess.run(
            command("oneclick.project.migration:main"), env=environment(self._home, self._settings()),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        log.write(done.stdout)
        if done.returncode:
            raise StackError(
                f"The database can't be brought to this version: {last_words(log.path)}", hint=f"Its log: {log.path}"
            )
        note.write(url)

    def _database_url(self) -> SecretText:
        return SecretText(self._postgres.url()) if self._postgres else self._environment.database_url

    def _start_services(self) -> None:
        services = [
            Service(name="web", target="oneclick.project.server:main", settings=self._settings()),
            Service(name="worker", target="oneclick.job_queue.worker:run", settings=self._settings()),
            *stub_services(self._home),
        ]
        self._supervisor = Supervisor(
            self._home, services, postgres=self._postgres, report=self._report, changed=lambda _: self._publish()
        )
        self._supervisor.start()
        self._await_answer(self._supervisor)

    def _settings(self) -> dict[str, str]:
        port = {PORT.name: str(self._port.port)} if self._port else {}
        return {**port, "DJANGO_SETTINGS_MODULE": "oneclick.project.settings"}

    def _await_answer(self, supervisor: Supervisor) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline:
            states = supervisor.states()
            if all(one.condition is Condition.RUNNING for one in states) and self._answers():
                return
            for one in states:
                if one.restarts >= CRASHES_AT_START:
                    raise self._does_not_start(one)
            time.sleep(POLL_S)
        raise StackError(
            f"{self.local_url} didn't answer within {READY_WITHIN_S:g} s.", hint="Look at: oneclick logs web"
        )

    def _answers(self) -> bool:
        address = EVERY_ADDRESS.get(self._environment.bind, self._environment.bind)
        connection = http.client.HTTPConnection(address, self._port.port if self._port else 0, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _does_not_start(self, service: ServiceState) -> StackError:
        log = self._home / "logs" / f"{service.name}.log"
        return StackError(
            f"{service.name} doesn't start, it {service.cause}: {last_words(log)}", hint=f"Its log: {log}"
        )

    def _publish(self) -> None:
        self._presence.publish(
            StackState(
                pid=os.getpid(), phase=self._phase, url=self.url, local_url=self.local_url,
                started_at=self._started_at, services=self._supervisor.states() if self._supervisor else (),
            )
        )  # fmt: skip


def _prepare(environment: Environment) -> None:
    try:
        make_home(environment.home)
        (environment.home / "run").mkdir(mode=0o700, exist_ok=True)
    except OSError as exc:
        raise StackError(
            f"The folder {environment.home} can't be used: {exc.strerror}.",
            hint="Check its owner, its permissions and the free space, or set ONECLICK_HOME to another folder.",
        ) from exc
