"""Runs each query in a process of its own, so that one that eats memory or time dies alone.

The process gets the job on its standard input, never by argument or environment, and answers in Arrow batches.
"""

import contextlib
import io
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import TracebackType
from typing import IO, TYPE_CHECKING, Self

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from oneclick.core.secrets import SecretText
from oneclick.duck import remove_spill
from oneclick.queries import wire
from oneclick.queries.errors import (
    QueryCancelled,
    QueryError,
    QueryFailed,
    QueryOutOfMemory,
    QueryTimedOut,
    RunnerCrashed,
)
from oneclick.queries.errors import by_code as our_errors
from oneclick.queries.wire import Frame, Job
from oneclick.warehouses.contract.instance import Installation

if TYPE_CHECKING:
    from arro3.core import RecordBatch, Schema

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8", "TZ": "UTC"}
TICK_S = 1.0
CHUNK_BYTES = 1 << 20
GRACE_S = 2.0
"""How long a stopped query may take to tell its warehouse."""

_OUT_OF_MEMORY_SIGNALS = {signal.SIGABRT, signal.SIGKILL, signal.SIGSEGV, signal.SIGBUS}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a query ended."""

    rows: int
    is_truncated: bool
    seconds: float


class RunningQuery:
    """A query on its way: `schema`, then the batches by iterating, then `outcome`. Use it as a context manager.

    `on_tick` is called every second while whoever reads has to wait.
    """

    def __init__(self, job: Job) -> None:
        self._started = time.monotonic()
        self._home = job.installation.home
        self._timeout_s = job.limits.timeout_s
        self._stop_reason: type[QueryError] | None = None
        self._outcome: Outcome | None = None
        self._schema: Schema | None = None
        self.failure: QueryError | None = None
        self.on_tick: Callable[[], None] = lambda: None
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-m", "oneclick.queries.runner_process"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=ENVIRONMENT, cwd="/", close_fds=True, start_new_session=True,
        )  # fmt: skip
        self._alarm = threading.Timer(job.limits.timeout_s, self._stop, [QueryTimedOut])
        self._alarm.daemon = True
        self._alarm.start()
        self._hand_over(job)

    def _hand_over(self, job: Job) -> None:
        line = job.to_line()
        with contextlib.suppress(BrokenPipeError, ValueError):  # ended, or stopped, already: reading says why
            self._input.write(line)
            self._input.flush()

    @property
    def schema(self) -> "Schema":
        """The columns; waits for them. Raises a `QueryError`, or the warehouse's own refusal as `QueryFailed`."""
        from arro3.io import read_ipc_stream

        if self._schema is None:
            frame, body = self._next()
            if frame is not Frame.SCHEMA:
                raise RunnerCrashed
            self._schema = read_ipc_stream(io.BytesIO(body)).schema
        return self._schema

    def __iter__(self) -> Iterator["RecordBatch"]:
        from arro3.io import read_ipc_stream

        self.schema  # noqa: B018 - the schema's frame comes first
        while self._outcome is None:
            frame, body = self._next()
            if frame is Frame.BATCH:
                yield from read_ipc_stream(io.BytesIO(body))

    @property
    def outcome(self) -> Outcome:
        """Known once every batch was taken."""
        if self._outcome is None:
            raise RuntimeError("the rows were not read to their end")
        return self._outcome

    @property
    def elapsed_s(self) -> float:
        """Since it was started."""
        return time.monotonic() - self._started

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def cancel(self) -> None:
        """Stop it, from any thread; whoever reads gets `QueryCancelled`."""
        self._stop(QueryCancelled)

    def close(self) -> None:
        """End the process, whatever it does; twice is fine."""
        self._alarm.cancel()
        if self._process.poll() is None:
            self._kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        self._process.wait()
        remove_spill(self._home, self._process.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # -- the parts ---------------------------------------------------------------------------------------------

    @property
    def _input(self) -> IO[bytes]:
        assert self._process.stdin is not None  # noqa: S101 - asked for above
        return self._process.stdin

    @property
    def is_complete(self) -> bool:
        """Whether every batch was taken."""
        return self._outcome is not None

    def _next(self) -> tuple[Frame, bytes]:
        try:
            return self._read()
        except QueryError as exc:
            self.failure = exc
            raise

    def _read(self) -> tuple[Frame, bytes]:
        found = wire.read_frame(self._read_bytes)
        if self._stop_reason is not None:
            raise self._stopped()
        if found is None:
            raise self._crashed()
        frame, body = found
        if frame is Frame.DONE:
            self._outcome = Outcome(**wire.read_json(body))
            self._alarm.cancel()
        if frame is Frame.ERROR:
            raise _as_error(wire.read_json(body))
        return found

    def _read_bytes(self, size: int) -> bytes:
        """Exactly that many, fewer only at the end; looks up at each tick while nothing comes."""
        assert self._process.stdout is not None  # noqa: S101 - asked for above
        pipe = self._process.stdout.fileno()
        poll = select.poll()
        poll.register(pipe, select.POLLIN)
        body = bytearray()
        while len(body) < size:
            if not poll.poll(TICK_S * 1000):
                self.on_tick()
                continue
            chunk = os.read(pipe, min(size - len(body), CHUNK_BYTES))
            if not chunk:
                break
            body += chunk
        return bytes(body)

    def _stop(self, reason: type[QueryError]) -> None:
        if self._stop_reason is None and self._process.poll() is None:
            self._stop_reason = reason
            threading.Thread(target=self._kill, daemon=True).start()

    def _kill(self) -> None:
        """Close its input, which tells it to cancel at the warehouse, and end it when it doesn't by itself."""
        with contextlib.suppress(BrokenPipeError):
            self._input.close()
        try:
            self._process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _stopped(self) -> QueryError:
        if self._stop_reason is QueryTimedOut:
            return QueryTimedOut(f"The query ran longer than the {self._timeout_s:g} s that it may.")
        return QueryCancelled()

    def _crashed(self) -> QueryError:
        code = self._process.wait()
        if code < 0 and -code == signal.SIGXCPU:
            return QueryTimedOut("The query used more processor time than it may.")
        if code < 0 and -code in _OUT_OF_MEMORY_SIGNALS:
            return QueryOutOfMemory()
        return RunnerCrashed()


def start(job: Job) -> RunningQuery:
    """Start a query in a process of its own, which knows of the installation only what it needs."""
    return RunningQuery(replace(job, installation=without_passwords(job.installation)))


def without_passwords(installation: Installation) -> Installation:
    """The installation with its secret options cut down: of a database address, where it is; of others, nothing."""
    options: dict[str, str | SecretText] = {}
    for name, value in installation.options.items():
        if isinstance(value, str):
            options[name] = value
        elif address := _address(value):
            options[name] = SecretText(address)
    return replace(installation, options=options)


def _address(url: SecretText) -> str:
    try:
        parts = conninfo_to_dict(url.reveal())
    except ProgrammingError:
        return ""
    return make_conninfo("", **{name: value for name, value in parts.items() if "pass" not in name and name != "user"})


def _as_error(told: dict[str, str]) -> QueryError:
    known = our_errors().get(told["code"])
    if known is not None:
        return known(told["message"], hint=told["hint"])
    message = told["message"]
    if told["code"] == "timed_out":
        return QueryTimedOut(message)
    if told["code"] == "cancelled":
        return QueryCancelled(message)
    if "out of memory" in message.lower():
        return QueryOutOfMemory(message)
    return QueryFailed(f"The warehouse says: {message}", hint=told["hint"] if told["code"] in _PASSED_ON else "")


_PASSED_ON = frozenset({"invalid_credentials", "unavailable", "throttled", "permission_denied", "limit_exceeded"})
"""Refusals whose own hint says more than ours."""
