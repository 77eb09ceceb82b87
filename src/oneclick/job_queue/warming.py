"""What a worker does right after its start, beside its first tasks, so that the first isn't slower than the next."""

from collections.abc import Callable

import structlog

from oneclick.core.registry import Registry

WARM_UPS: Registry[Callable[[], object]] = Registry("warm-up")
"""Imports and the like, which change nothing. Who has none of them is only slower."""

log = structlog.get_logger(__name__)


def warm_up() -> None:
    """Do all of it; what fails will tell so when it is needed."""
    for prepare in WARM_UPS:
        try:
            prepare()
        except Exception:
            log.warning("warm-up failed", exc_info=True)
