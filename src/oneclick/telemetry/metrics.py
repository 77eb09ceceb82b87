"""What `/metrics` says, in Prometheus' text format. Upper packages register collectors in `AppConfig.ready()`.

Several processes serve the web and any of them may be asked, so nothing is counted in a process: each collector
computes its numbers from the database when it is asked. No metric names a tenant, a person or a warehouse.
"""

from collections.abc import Iterable
from typing import Protocol

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from oneclick.core.registry import Registry

log = structlog.get_logger(__name__)

CONTENT_TYPE = CONTENT_TYPE_LATEST


class Source(Protocol):
    """Computes metrics when asked."""

    def collect(self) -> Iterable[Metric]:
        """The metrics as they are now."""


SOURCES: Registry[Source] = Registry("source of metrics")


def exposition() -> bytes:
    """All metrics as text. A source that fails is left out, and `oneclick_metrics_source_up` says so."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_All())
    return generate_latest(registry)


class _All:
    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        is_up = GaugeMetricFamily(
            "oneclick_metrics_source_up", "1 where a source of metrics answered.", labels=["source"]
        )
        for name in SOURCES.names():
            source = SOURCES.get(name)
            try:
                yield from list(source.collect() if source else ())
            except Exception:
                log.exception("a source of metrics failed", source=name)
                is_up.add_metric([name], 0)
            else:
                is_up.add_metric([name], 1)
        yield is_up
