"""The one module that changes an update's state.

::

    PENDING ──► RUNNING ⇄ WAITING
       │           ├──► DONE
       │           ├──► FAILED
       └──────────►└──► STOPPED

Each change is a compare-and-swap.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from oneclick.core.clock import utcnow
from oneclick.pipelines.models import UNFINISHED_RUNS, FlowRun, RunState
from oneclick.pipelines.signals import RunEnded, run_ended

LEGAL: Mapping[RunState, frozenset[RunState]] = {
    RunState.PENDING: frozenset({RunState.RUNNING, RunState.STOPPED}),
    RunState.RUNNING: frozenset({RunState.WAITING, RunState.DONE, RunState.FAILED, RunState.STOPPED}),
    RunState.WAITING: frozenset({RunState.RUNNING, RunState.STOPPED}),
    RunState.DONE: frozenset(),
    RunState.FAILED: frozenset(),
    RunState.STOPPED: frozenset(),
}


def move(run: FlowRun, to: RunState, **changes: Any) -> bool:
    """Bring an update from the state it was read in to another one, with other fields if given.

    Returns False when somebody else was faster; raises `ValueError` for what is never possible.
    """
    origin = RunState(run.state)
    if to not in LEGAL[origin]:
        raise ValueError(f"an update that is {origin} can't become {to}")
    if to not in UNFINISHED_RUNS:
        changes = {"finished_at": utcnow(), "wake_at": None, "phase": ""} | changes
    with transaction.atomic():
        moved = FlowRun.objects.filter(id=run.id, state=origin).update(state=to, **changes)
        if not moved:
            return False
        for name, value in {"state": to, **changes}.items():
            setattr(run, name, value)
        if to not in UNFINISHED_RUNS:
            run_ended.send(RunEnded(run_id=run.id, flow_id=run.flow_id, organisation_id=run.organisation_id, state=to))
    return True
