"""The web process: `python -m oneclick.project.server` listens on ONECLICK_BIND and ONECLICK_PORT until SIGTERM."""

import asyncio
import logging
import os
import resource
import signal
import sys
from typing import NoReturn

import structlog
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.embed import Server

from oneclick.core.errors import OneClickError
from oneclick.core.secrets import SecretText
from oneclick.project.asgi import Origin, build
from oneclick.project.environment import Environment, read_environment
from oneclick.project.stub import refuse_exposed_stub
from oneclick.stack.postgres import EmbeddedPostgres
from oneclick.telemetry import logs

log = structlog.get_logger(__name__)

DRAIN_WITHIN_S = 15.0
BACKLOG = 1024
MOST_FILES = 8_192
HEAD_BYTES = 64 << 10
HEADS_WITHIN_MS = 10_000
"""How long a client may take to send a request's head; a connection that waits for its next request may as long."""


def main() -> None:
    """Serve until asked to stop, then answer what is open and end."""
    environment = read_environment()
    origin = build()
    _prepare_sign_in(environment)
    run(origin, address=environment.bind, port=environment.port, log_level=environment.log_level)


def _prepare_sign_in(environment: Environment) -> None:
    """Refuse to be reached with the demo's sign-in, and set up the first provider; ends the process with words."""
    from oneclick.project.first_provider import apply

    url = environment.database_url or SecretText(EmbeddedPostgres(environment.home).url())
    try:
        refuse_exposed_stub(url, bind=environment.bind, external_url=environment.external_url)
        if environment.sign_in.first_provider:
            apply(environment.sign_in.first_provider)
    except OneClickError as error:
        sys.exit(f"{error.message} {error.hint}")


def run(
    origin: Origin, *, address: str, port: int, log_level: str = "INFO", heads_within_ms: int = HEADS_WITHIN_MS
) -> NoReturn:
    """Serve, then end the process at once.

    Threads of granian's may call Python once more while the interpreter takes itself apart, and then abort the
    process instead of ending it well (https://github.com/emmett-framework/granian/issues/881 is of that kind).
    """
    asyncio.run(serve(origin, address=address, port=port, log_level=log_level, heads_within_ms=heads_within_ms))
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


async def serve(origin: Origin, *, address: str, port: int, log_level: str, heads_within_ms: int) -> None:
    """Listen until SIGTERM or SIGINT; then end the streams, answer what was asked, and return."""
    # In one process, so that the signal is ours: granian's own workers wait for event streams, which never end.
    server = Server(
        origin, address=address, port=port, interface=Interfaces.ASGI, backlog=BACKLOG, backpressure=_connections(),
        http=HTTPModes.http1,  # while it waits to see which version a client speaks, no time-out would run
        http1_settings=HTTP1Settings(header_read_timeout=heads_within_ms, max_buffer_size=HEAD_BYTES),
        log_level=LogLevels.error, log_dictconfig=logs.as_dict("web", log_level),
    )  # fmt: skip
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    serving = loop.create_task(server.serve())
    stopping = loop.create_task(asked.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not serving.done():
        loop.call_later(DRAIN_WITHIN_S, _give_up)
        server.stop()  # type: ignore[no-untyped-call]  # granian leaves it bare
        await origin.drain()
    await serving


def _connections() -> int:
    """How many clients may be connected: half of the files that we may open, and we may open as many as we can."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    return files // 2


def _give_up() -> None:
    log.warning("stopped with open requests", waited_s=DRAIN_WITHIN_S)
    logging.shutdown()
    os._exit(1)


if __name__ == "__main__":
    main()
