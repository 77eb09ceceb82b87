"""What the demo did, stage by stage. Needs no Django, so that it can begin before the stack is up."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(kw_only=True)
class Stage:
    """One part of the demo with the time it took; `state` is done or failed."""

    name: str
    seconds: float = 0.0
    state: str = "running"


@dataclass(kw_only=True)
class Summary:
    """What the demo did: what `--json` writes."""

    stages: list[Stage] = field(default_factory=list)
    warehouse: dict[str, Any] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)
    flows: list[dict[str, Any]] = field(default_factory=list)
    answer: dict[str, Any] = field(default_factory=dict)
    people: list[str] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str, tell: Callable[[Stage], None]) -> Iterator[Stage]:
        """Time one stage and tell whoever watches when it begins and ends."""
        stage = Stage(name=name)
        self.stages.append(stage)
        tell(stage)
        began = time.monotonic()
        try:
            yield stage
            stage.state = "done"
        except BaseException:
            stage.state = "failed"
            raise
        finally:
            stage.seconds = round(time.monotonic() - began, 3)
            tell(stage)
