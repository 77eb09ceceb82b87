"""A worker that is killed at a moment of an update, for whatever template."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from oneclick.pipelines.models import DataFlow, FlowRun
from tests.pipelines.sources import Choose

WORKER = """
import os, sys
from uuid import UUID
os.environ["DJANGO_SETTINGS_MODULE"] = "oneclick.project.settings"
import django
django.setup()
from oneclick.pipelines import delivery, engine, runs
from oneclick.pipelines.models import RunState

def dying(name, function, nth=1):
    calls = []
    def call(*args, **kwargs):
        calls.append(1)
        if len(calls) != nth:
            return function(*args, **kwargs)
        die_at(f"before {name}")
        result = function(*args, **kwargs)
        die_at(f"after {name}")
        return result
    return call

def die_at(moment):
    if os.environ["DIE"] == moment:
        os.kill(os.getpid(), 9)

engine._begin = dying("the start", engine._begin)
engine._bounds = dying("the plan", engine._bounds)
engine._parcels = dying("extracting", engine._parcels)
delivery.deliver = dying("the load", delivery.deliver)
engine._note_stream = dying("the note of a table", engine._note_stream)
engine._forget_folder = dying("the end", engine._forget_folder)
exec(os.environ["DIE_FURTHER"])
engine.drive(UUID(sys.argv[1]))
"""
MOMENTS = [
    f"{when} {what}"
    for what in ("the start", "the plan", "extracting", "the load", "the note of a table", "the end")
    for when in ("before", "after")
]


def killed(run: FlowRun, moment: str, *, further: str = "") -> None:
    """Drive an update in a process that dies then; `further` makes a template's own functions `dying`."""
    database = connections["default"].settings_dict
    url = "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    allow = ",".join(map(str, settings.ONECLICK_OUTBOUND_ALLOW))
    process = subprocess.run(
        [sys.executable, "-c", WORKER, str(run.id)], capture_output=True, text=True, check=False, timeout=100,
        env=os.environ | {
            "DATABASE_URL": url, "ONECLICK_HOME": str(settings.HOME), "DIE": moment, "DIE_FURTHER": further,
            "ONECLICK_OUTBOUND_ALLOW": allow,
        },
    )  # fmt: skip
    assert process.returncode == -signal.SIGKILL, process.stdout + process.stderr
    DataFlow.objects.update(lease_until="2000-01-01T00:00:00Z")


def cells(modes: Mapping[str, Choose], moments: Sequence[str], *, always: str) -> list[Any]:
    """Each mode at each moment. Those of the mode `always`, and those around the load, run each time; the others when
    one asks for the long tests, as all of them take minutes.
    """
    return [
        pytest.param(
            choose, moment, id=f"{mode}-{moment}",
            marks=() if mode == always or moment.endswith("the load") else pytest.mark.long,
        )
        for mode, choose in modes.items()
        for moment in moments
    ]  # fmt: skip
