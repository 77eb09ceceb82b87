"""A worker of its own that dies at a certain moment of an update."""

import os
import signal
import subprocess
import sys

from django.conf import settings
from django.db import connections

from oneclick.pipelines.models import DataFlow, FlowRun

WORKER = """
import os, sys
from uuid import UUID
os.environ["DJANGO_SETTINGS_MODULE"] = "oneclick.project.settings"
import django
django.setup()
from oneclick.pipelines import delivery, engine
from oneclick.pipelines.templates.airbyte import reading, records

def dying(name, function, which=1):
    calls = []
    def call(*args, **kwargs):
        calls.append(1)
        die_at(f"before {name}", len(calls) == which)
        result = function(*args, **kwargs)
        die_at(f"after {name}", len(calls) == which)
        return result
    return call

def die_at(moment, is_now):
    if is_now and os.environ["DIE"] == moment:
        os.kill(os.getpid(), 9)

records.KEPT_EVERY_S = 0
records.RecordFile.add = dying("a row", records.RecordFile.add, int(os.environ["ROW"]))
records.RecordFile._write = dying("a checkpoint", records.RecordFile._write, 3)
records.RecordFile.finish = dying("the last row", records.RecordFile.finish)
engine._parcels = dying("extracting", engine._parcels)
delivery.deliver = dying("the load", delivery.deliver)
engine._forget_folder = dying("the end", engine._forget_folder)
engine.drive(UUID(sys.argv[1]))
"""


def killed(run: FlowRun, moment: str, *, row: int = 350) -> None:
    """Drive the run in a worker that is killed at that moment; `row` is the one that "a row" means."""
    url = "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**connections["default"].settings_dict)
    process = subprocess.run(
        [sys.executable, "-c", WORKER, str(run.id)], capture_output=True, text=True, check=False, timeout=100,
        env=os.environ | {
            "DATABASE_URL": url, "ONECLICK_HOME": str(settings.HOME), "DIE": moment, "ROW": str(row),
            "ONECLICK_OUTBOUND_ALLOW": ",".join(map(str, settings.ONECLICK_OUTBOUND_ALLOW)),
        },
    )  # fmt: skip
    assert process.returncode == -signal.SIGKILL, process.stdout + process.stderr
    DataFlow.objects.update(lease_until="2000-01-01T00:00:00Z")
