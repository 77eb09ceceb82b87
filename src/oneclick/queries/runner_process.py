"""The process that runs one query and ends: `python -I -m oneclick.queries.runner_process`.

It knows that query, that warehouse's read credential, and nothing else of ours: no Django, no database of ours, no
master key, an empty environment. It is bounded in memory, processor time, open files and size of files, and makes no
core file that would hold rows. Before anything is opened, `confinement` shuts it out of our keys and our server's
files where the kernel can do that (Linux 5.13 or newer), and out of other ports (6.7).

What isn't contained: it runs under the same operating-system account as the product. On an older kernel, code that
ran in it (not SQL, which the guard and the locked session hold) could read whatever that account can read.
"""

import contextlib
import importlib
import io
import os
import sys
import threading
import time
from collections.abc import Iterator
from typing import IO, Any

from oneclick.core.errors import OneClickError
from oneclick.queries import confinement
from oneclick.queries.errors import QueryOutOfMemory, QueryResultTooLarge
from oneclick.queries.wire import Frame, Job, write_frame, write_json
from oneclick.warehouses.contract.data_plane import DataSession

BATCH_ROWS = 16_384
CANCEL_PATIENCE_S = 1.0


def main() -> None:
    """Read the job, answer in frames, end."""
    answers = _take_over_stdout()
    line = sys.stdin.buffer.readline()
    if not line:
        return
    job = Job.from_line(line)
    del line
    confinement.bound(memory_bytes=job.limits.memory_bytes, timeout_s=job.limits.timeout_s)
    try:
        _run(job, answers)
    except OneClickError as exc:
        write_json(answers, Frame.ERROR, {"code": exc.code, "message": exc.message, "hint": exc.hint})
    except MemoryError:
        error = QueryOutOfMemory()
        write_json(answers, Frame.ERROR, {"code": error.code, "message": error.message, "hint": error.hint})
    os._exit(0)  # what a driver's threads still do is of no interest


def _run(job: Job, answers: IO[bytes]) -> None:
    from oneclick import duck
    from oneclick.queries import definitions, guard

    statement = guard.check(job.sql)
    module, _, name = job.adapter.partition(":")
    adapter = getattr(importlib.import_module(module), name)(job.installation)
    with contextlib.suppress(duck.DuckError):  # who needs DuckDB's extensions will say that they are missing
        duck.prepare(job.installation.home)
    confinement.shut_out(adapter, job)
    with adapter.data_plane(job.access).connect(job.limits) as session:
        _stop_when_parent_does(session)
        definitions.check(session)
        sql = statement.limited_to(job.row_limit + 1) if job.row_limit is not None else statement.sql
        _send_rows(session, sql, job, answers)


def _send_rows(session: DataSession, sql: str, job: Job, answers: IO[bytes]) -> None:
    from arro3.core import RecordBatchReader

    started = time.monotonic()
    reader = RecordBatchReader.from_stream(session.query(sql))
    write_frame(answers, Frame.SCHEMA, _as_ipc(RecordBatchReader.from_batches(reader.schema, [])))
    rows, sent_bytes, is_truncated = 0, 0, False
    for batch in _batches(reader):
        room = batch.num_rows if job.row_limit is None else min(batch.num_rows, job.row_limit - rows)
        is_truncated = room < batch.num_rows
        if room:
            part = batch.slice(0, room)
            rows, sent_bytes = rows + room, sent_bytes + part.nbytes
            if sent_bytes > job.max_bytes:
                raise QueryResultTooLarge(f"The rows take more than {job.max_bytes >> 20} MiB.")
            write_frame(answers, Frame.BATCH, _as_ipc(part))
        if is_truncated:
            break
    done = {"rows": rows, "is_truncated": is_truncated, "seconds": time.monotonic() - started}
    write_json(answers, Frame.DONE, done)


def _batches(reader: Any) -> Iterator[Any]:
    for batch in reader:
        for start in range(0, batch.num_rows, BATCH_ROWS):
            yield batch.slice(start, min(BATCH_ROWS, batch.num_rows - start))


def _as_ipc(data: Any) -> bytes:
    from arro3.io import write_ipc_stream

    body = io.BytesIO()
    write_ipc_stream(data, body, compression="LZ4")
    return body.getvalue()


def _take_over_stdout() -> IO[bytes]:
    """Keep the pipe for frames: whatever a library prints must not get between them."""
    private = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(private, "wb")


def _stop_when_parent_does(session: DataSession) -> None:
    """End with the parent, or when it closes the pipe; the warehouse is told first."""

    def watch() -> None:
        sys.stdin.buffer.read()
        deadline = threading.Timer(CANCEL_PATIENCE_S, os._exit, [1])
        deadline.daemon = True
        deadline.start()
        with contextlib.suppress(Exception):
            session.cancel()
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="parent-watch").start()


if __name__ == "__main__":
    main()
