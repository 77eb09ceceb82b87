"""One JSON line per event on stdout, from structlog and from the standard library alike.

Each line has `timestamp` (UTC), `level`, `event`, `logger`, `service`, and `correlation_id` where one is in force;
exceptions are text in `exception`. Nothing that looks like a secret gets out.
"""

import logging
import logging.config
import sys
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any

import structlog
from structlog.types import EventDict, Processor

from oneclick.core.correlation import current_correlation_id
from oneclick.telemetry.redaction import redact

QUIET: Mapping[str, str] = {
    "procrastinate": "WARNING",  # says each fetch and each start; our engine says what the job did
    "asyncio": "WARNING",
    "psycopg.pool": "WARNING",
    "urllib3": "INFO",  # DEBUG would write addresses, in which an API's key may stand
    "django.db.backends": "INFO",  # DEBUG would write SQL with its parameters
    "django.request": "ERROR",  # our own request log has each answer, 4xx included
    "django.security.csrf": "ERROR",
    "granian.access": "CRITICAL",  # as above
}
"""Loggers that talk too much, and from which level on they are heard."""


def configure(service: str, level: str = "INFO", *, stream: str = "stdout") -> None:
    """Set up this process's logs; `service` names it in each line. Again is harmless."""
    logging.config.dictConfig(as_dict(service, level, stream=stream))
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_crash
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(service),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def as_dict(service: str, level: str = "INFO", *, stream: str = "stdout") -> dict[str, Any]:
    """The same for servers that take `logging.config`'s dictionary, such as granian."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "oneclick.telemetry.logs.JsonFormatter", "service": service}},
        "handlers": {"lines": {"class": "logging.StreamHandler", "stream": f"ext://sys.{stream}", "formatter": "json"}},
        "root": {"handlers": ["lines"], "level": level},
        "loggers": {
            **{name: {"level": quiet} for name, quiet in QUIET.items()},
            "_granian": {"handlers": ["lines"], "level": level, "propagate": False},
        },
    }


class JsonFormatter(structlog.stdlib.ProcessorFormatter):
    """Makes the line, for events of structlog and for records of the standard library."""

    def __init__(self, service: str) -> None:
        super().__init__(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *_shared(service)],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redact,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )


def _log_crash(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    """What ends the process is a line like all others, too."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
        return
    logging.getLogger("oneclick").critical("process crashed", exc_info=(kind, error, traceback))


def _shared(service: str) -> list[Processor]:
    def identify(_logger: object, _method: str, event: MutableMapping[str, Any]) -> EventDict:
        event.setdefault("service", service)
        if correlation_id := current_correlation_id():
            event.setdefault("correlation_id", correlation_id)
        return event

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        identify,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
