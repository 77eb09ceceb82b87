"""A worker that is killed while a connector is read, and the update that goes on: every row is there once."""

import os
import signal
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connections

from oneclick.accounts.roles import Principal
from oneclick.pipelines import services
from oneclick.pipelines.models import DataFlow, FlowRun, RunState
from tests.pipelines.conftest import Rows
from tests.pipelines.sources import drive, update
from tests.pipelines.templates.airbyte.conftest import Choose, MakeFlow, append, at_work, change, delta, full

pytestmark = pytest.mark.django_db(transaction=True)

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
records.RecordFile.add = dying("a row", records.RecordFile.add, 350)
records.RecordFile._write = dying("a checkpoint", records.RecordFile._write, 3)
records.RecordFile.finish = dying("the last row", records.RecordFile.finish)
engine._parcels = dying("extracting", engine._parcels)
delivery.deliver = dying("the load", delivery.deliver)
engine._forget_folder = dying("the end", engine._forget_folder)
engine.drive(UUID(sys.argv[1]))
"""
MOMENTS = [
    "before a row", "before a checkpoint", "after a checkpoint", "before the last row", "after the last row",
    "before the load", "after the load", "before the end",
]  # fmt: skip


def killed(run: FlowRun, moment: str) -> None:
    url = "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**connections["default"].settings_dict)
    process = subprocess.run(
        [sys.executable, "-c", WORKER, str(run.id)], capture_output=True, text=True, check=False, timeout=100,
        env=os.environ | {"DATABASE_URL": url, "ONECLICK_HOME": str(settings.HOME), "DIE": moment},
    )  # fmt: skip
    assert process.returncode == -signal.SIGKILL, process.stdout + process.stderr
    DataFlow.objects.update(lease_until="2000-01-01T00:00:00Z")


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("choose", [full, delta, append], ids=["full", "delta", "append"])
def test_a_killed_update_arrives_exactly_once(
    member: Principal, make_flow: MakeFlow, rows_in: Rows, *, choose: Choose, moment: str
) -> None:
    flow = make_flow(choose=choose, count=10)
    update(member, flow)
    # Slow enough that the connector is at work when its worker dies.
    change(member, flow, count=1010, touch="5", pause=0.001)
    run = services.run_now(member, flow.id)
    killed(run, moment)
    assert at_work() == []
    change(member, flow, count=1015, touch="5")
    if moment != "before the end":
        assert drive(member, run).state == RunState.DONE
    assert update(member, flow).state == RunState.DONE

    # The row that was touched comes once more in each of the two updates, which adding keeps.
    more = 2 if choose is append else 0
    assert rows_in("raw.orders", "count(*), count(DISTINCT id)") == [(1015 + more, 1015)]
