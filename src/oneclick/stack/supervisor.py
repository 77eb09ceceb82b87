"""Keeps services alive: starts them, starts them again when they end, stops them in order.

One thread does it all, because a child dies with the *thread* that started it. Each service has a session of its own
and writes into a pipe that ends in `<home>/logs/<service>.log`.
"""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from oneclick.stack.child import command, environment
from oneclick.stack.errors import StackError
from oneclick.stack.logs import RotatingLog, rotate_in_place
from oneclick.stack.postgres import EmbeddedPostgres
from oneclick.stack.processes import sweep
from oneclick.stack.state import Condition, ServiceState

TICK_S = 0.2
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_AFTER_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Service:
    """A function ("module:function") that runs as long as the stack does; SIGTERM asks it to end in `patience_s`."""

    name: str
    target: str
    settings: Mapping[str, str] = field(default_factory=dict)
    patience_s: float = 20.0


class Supervisor:
    """Runs services until `stop()`. `report` gets sentences for people, `changed` the services' new states."""

    def __init__(
        self,
        home: Path,
        services: Sequence[Service],
        *,
        postgres: EmbeddedPostgres | None,
        report: Callable[[str], None],
        changed: Callable[[tuple[ServiceState, ...]], None],
    ) -> None:
        self._home = home
        self._runners = [_Runner(home, service) for service in services]
        self._database = DatabaseWatch(postgres, report) if postgres else None
        self._report = report
        self._changed = changed
        self._stopping = threading.Event()
        self._hurry = threading.Event()
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    def start(self) -> None:
        """Start every service and keep it alive from now on."""
        self._thread.start()

    def states(self) -> tuple[ServiceState, ...]:
        """How each service is at this moment."""
        return tuple(runner.state() for runner in self._runners)

    def is_alive(self) -> bool:
        """Whether services are being kept alive."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Let every service finish what it does, then end it; returns when nothing is left."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def hurry(self) -> None:
        """Don't wait any longer for services to finish."""
        self._hurry.set()

    def _run(self) -> None:
        try:
            for runner in self._runners:
                runner.launch()
            self._changed(self.states())
            while not self._stopping.wait(TICK_S):
                self._tend()
        finally:
            self._end_all()
            self._changed(self.states())

    def _tend(self) -> None:
        if self._database and self._database.tend():
            for runner in self._runners:
                runner.ask_to_end()
        news = [news for runner in self._runners if (news := runner.tend())]
        for text in news:
            self._report(text)
        if news:
            self._changed(self.states())

    def _end_all(self) -> None:
        for runner in self._runners:
            runner.ask_to_end()
        for runner in self._runners:
            runner.end(self._hurry)
        sweep(self._home)


class _Runner:
    def __init__(self, home: Path, service: Service) -> None:
        self._home = home
        self._service = service
        self._log = RotatingLog(home / "logs" / f"{service.name}.log")
        self._process: subprocess.Popen[bytes] | None = None
        self._restarts = 0
        self._failures = 0
        self._since = time.time()
        self._next_launch = 0.0
        self._cause = ""
        self._asked_at: float | None = None

    def state(self) -> ServiceState:
        process = self._process
        condition = Condition.RUNNING if process else Condition.RESTARTING if self._next_launch else Condition.STOPPED
        return ServiceState(
            name=self._service.name, condition=condition, pid=process.pid if process else None,
            restarts=self._restarts, since=self._since, cause=self._cause,
        )  # fmt: skip

    def launch(self) -> None:
        self._process = subprocess.Popen(
            command(self._service.target),
            env=environment(self._home, self._service.settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._since, self._asked_at = time.time(), None
        threading.Thread(target=_pump, args=(self._process, self._log), daemon=True).start()

    def tend(self) -> str:
        """Start it again if it ended and its pause is over; returns what happened, if anything did."""
        now = time.time()
        if self._process is None:
            if now < self._next_launch:
                return ""
            self._restarts += 1
            self.launch()
            return f"{self._service.name} was started again."
        if (code := self._process.poll()) is None:
            self._kill_if_late()
            return ""
        self._bury()
        self._failures = 0 if now - self._since > STEADY_AFTER_S else self._failures
        pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**self._failures)
        self._failures += 1
        self._cause, self._since, self._next_launch = _cause(code), now, now + pause_s
        return f"{self._service.name} {self._cause}; it starts again in {pause_s:g} s. Its log: {self._log.path}"

    def ask_to_end(self) -> None:
        if self._process and self._asked_at is None:
            self._asked_at = time.time()
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()

    def end(self, hurry: threading.Event) -> None:
        while self._process and self._process.poll() is None:
            if hurry.wait(TICK_S / 4) or self._kill_if_late():
                break
        self._bury()
        self._next_launch = 0.0

    def _kill_if_late(self) -> bool:
        if self._asked_at is None or time.time() - self._asked_at < self._service.patience_s:
            return False
        self._kill_group()
        return True

    def _bury(self) -> None:
        if self._process:
            self._kill_group()
            self._process.wait()
            self._process = None

    def _kill_group(self) -> None:
        if self._process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


class DatabaseWatch:
    """Starts the embedded server again when it ended; it is no child of ours."""

    def __init__(self, postgres: EmbeddedPostgres, report: Callable[[str], None]) -> None:
        self._postgres = postgres
        self._report = report
        self._pause_s = FIRST_PAUSE_S
        self._next_try = 0.0

    def tend(self) -> bool:
        """Whether it came back at another port, so that all who use it must start again."""
        rotate_in_place(self._postgres.log)
        if self._postgres.is_running() or time.time() < self._next_try:
            return False
        port = self._postgres.port()
        self._report("PostgreSQL has ended; it is being started again.")
        try:
            if port is None:
                raise StackError(f"{self._postgres.home} has gone.", hint="Mount its disk again, or restore a backup.")
            self._postgres.start()
        except StackError as exc:
            self._report(f"{exc.message} {exc.hint}")
            self._next_try = time.time() + self._pause_s
            self._pause_s = min(LONGEST_PAUSE_S, self._pause_s * 2)
            return False
        self._pause_s = FIRST_PAUSE_S
        return self._postgres.port() != port


def _pump(process: subprocess.Popen[bytes], log: RotatingLog) -> None:
    if process.stdout is None:
        return
    with process.stdout as pipe:
        while text := os.read(pipe.fileno(), 65536):
            log.write(text)


def _cause(code: int) -> str:
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
