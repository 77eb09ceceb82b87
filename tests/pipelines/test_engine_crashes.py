"""A worker that is killed at any point of an update, and the update that goes on: every row is there once."""

import os
import signal
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connections

from oneclick.accounts.roles import Principal
from oneclick.pipelines import services
from oneclick.pipelines.contract.sources import Mode
from oneclick.pipelines.models import DataFlow, FlowRun, RunState, StreamState
from oneclick.warehouses.contract.data_plane import Deletes
from oneclick.warehouses.models import Warehouse
from tests.pipelines.conftest import Rows
from tests.pipelines.sources import Choose, SourceDatabase, drive, make_flow, update
from tests.pipelines.test_engine import full, with_fields

pytestmark = pytest.mark.django_db(transaction=True)

WORKER = """
import os, sys
from uuid import UUID
os.environ["DJANGO_SETTINGS_MODULE"] = "oneclick.project.settings"
import django
django.setup()
from oneclick.pipelines import delivery, engine, runs
from oneclick.pipelines.models import RunState

def dying(moment, function):
    name, when = moment
    def call(*args, **kwargs):
        die_at(f"before {name}")
        result = function(*args, **kwargs)
        die_at(f"after {name}")
        return result
    return call

def die_at(moment):
    if os.environ["DIE"] == moment:
        os.kill(os.getpid(), 9)

engine._begin = dying(("the start", 0), engine._begin)
engine._bounds = dying(("the plan", 0), engine._bounds)
engine._parcels = dying(("extracting", 0), engine._parcels)
delivery.deliver = dying(("the load", 0), delivery.deliver)
engine._note_stream = dying(("the note of a table", 0), engine._note_stream)
engine._forget_folder = dying(("the end", 0), engine._forget_folder)
engine.drive(UUID(sys.argv[1]))
"""
MOMENTS = [
    f"{when} {what}"
    for what in ("the start", "the plan", "extracting", "the load", "the note of a table", "the end")
    for when in ("before", "after")
]
APPEND = with_fields(mode=Mode.APPEND, cursor="id", look_back=0, key=(), deletes=Deletes.KEEP)
DELTA = with_fields(look_back=0)


def killed(run: FlowRun, moment: str) -> None:
    database = connections["default"].settings_dict
    url = "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    allow = ",".join(map(str, settings.ONECLICK_OUTBOUND_ALLOW))
    process = subprocess.run(
        [sys.executable, "-c", WORKER, str(run.id)], capture_output=True, text=True, check=False, timeout=100,
        env=os.environ | {
            "DATABASE_URL": url, "ONECLICK_HOME": str(settings.HOME), "DIE": moment, "ONECLICK_OUTBOUND_ALLOW": allow,
        },
    )  # fmt: skip
    assert process.returncode == -signal.SIGKILL, process.stdout + process.stderr
    DataFlow.objects.update(lease_until="2000-01-01T00:00:00Z")


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("choose", [full, DELTA, APPEND], ids=["full", "delta", "append"])
def test_a_killed_update_arrives_exactly_once(
    member: Principal,
    warehouse: Warehouse,
    shop: SourceDatabase,
    rows_in: Rows,
    *,
    choose: Choose,
    moment: str,
) -> None:
    flow = make_flow(member, warehouse, shop, "customers", "orders", choose=choose)
    update(member, flow)
    shop.execute("INSERT INTO orders SELECT n, 1, 0, '{}', now() FROM generate_series(2001, 2010) n")
    shop.execute("UPDATE orders SET total = -1, updated_at = now() WHERE id = 1")

    run = services.run_now(member, flow.id)
    killed(run, moment)
    # What comes meanwhile is part of the next update, or of this one: never of none, and never of both.
    shop.execute("INSERT INTO orders SELECT n, 1, 0, '{}', now() FROM generate_series(2011, 2015) n")
    if moment != "after the end":
        assert drive(member, run).state == RunState.DONE
    assert update(member, flow).state == RunState.DONE

    changed = -1 if choose is not APPEND else 1.5
    assert rows_in("raw.orders", "count(*), count(DISTINCT id), min(total)") == [(2015, 2015, min(changed, 0))]
    assert rows_in("(FROM raw.orders WHERE id = 1)", "total") == [(changed,)]
    assert StreamState.objects.count() == 2
