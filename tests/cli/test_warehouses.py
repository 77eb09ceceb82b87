"""Warehouses from the command line."""

import os
import pty
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from oneclick.accounts.services import create_organisation, operator_name
from oneclick.audit.models import AuditEvent
from oneclick.provisioning.models import ProvisioningJob
from oneclick.warehouses.contract.data_plane import BulkLoad, TableName
from oneclick.warehouses.contract.instance import AccessLevel
from oneclick.warehouses.models import Warehouse
from oneclick.warehouses.services import data_plane
from tests.cli.conftest import ONECLICK, Ran
from tests.provisioning.folders import set_faults

Oneclick = Callable[..., Ran]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sales(oneclick: Oneclick, folders: Path, worker: None) -> Warehouse:
    """The warehouse "sales", set up."""
    assert oneclick("warehouse", "create", "sales", "--provider", "folders").code == 0
    return Warehouse.objects.get()


@pytest.fixture
def lake(oneclick: Oneclick, worker: None, tmp_path: Path) -> Warehouse:
    """A local warehouse with a table of two rows that nobody could load again."""
    assert oneclick("warehouse", "create", "lake").code == 0
    made = Warehouse.objects.get()
    file = tmp_path / "notes.parquet"
    duckdb.sql(f"COPY (SELECT * FROM range(2)) TO '{file}'")
    load = BulkLoad(files=[file], table=TableName(schema="raw", name="notes"), load_id="1", fence=10)
    assert data_plane(made, AccessLevel.WRITE).bulk_load(load).rows == 2
    return made


def test_a_plan_shows_what_would_be_made_and_changes_nothing(oneclick: Oneclick, folders: Path) -> None:
    ran = oneclick("warehouse", "plan", "sales", "--provider", "folders")

    assert ran.code == 0
    assert len(re.findall(r"^create  +(thing|key) ", ran.out, re.MULTILINE)) == 4
    assert "Nothing was changed. To do it: oneclick warehouse create sales" in ran.err
    assert not Warehouse.objects.exists()


def test_creating_is_watched_and_says_what_to_do_next(oneclick: Oneclick, folders: Path, worker: None) -> None:
    ran = oneclick("warehouse", "create", "sales", "--provider", "folders")

    assert (ran.code, ran.out) == (0, "sales is ready. Bring in data: oneclick load FILE --warehouse sales\n")
    assert re.search(r"✓ thing [0-9a-f]{32}-base: done", ran.err)
    job = ProvisioningJob.objects.get()
    event = AuditEvent.objects.get(action="job.asked", organisation_id=job.organisation_id)
    assert event.actor == job.asked_by == f"operator:{operator_name()}"
    assert event.correlation_id == job.correlation_id != ""


def test_nobody_waits_with_no_wait(oneclick: Oneclick, folders: Path) -> None:
    ran = oneclick("warehouse", "create", "sales", "--provider", "folders", "--no-wait", "--json")

    assert (ran.code, ran.json["state"]) == (0, "pending")


def test_a_failure_says_the_cause_and_the_cure(oneclick: Oneclick, folders: Path, worker: None) -> None:
    set_faults(folders, deny="create")
    failed = oneclick("warehouse", "create", "sales", "--provider", "folders")
    job = ProvisioningJob.objects.get()
    assert failed.code == 1
    assert "✗ No." in failed.err
    assert f"GRANT WRITE Then try again from there: oneclick job retry {str(job.id)[-12:]}" in failed.err

    set_faults(folders)
    assert oneclick("job", "retry", str(job.id)[-12:]).code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (["Sales!"], 1, "invalid_config"),
        (["x" * 64], 1, "invalid_config"),
        ([""], 1, "invalid_config"),
        (["sales", "--provider", "nowhere"], 1, "invalid_config"),
        (["sales", "--size", "gigantic"], 1, "invalid_config"),
        (["sales", "--region", "mars"], 1, "invalid_config"),
        (["sales", "--spend-cap", "-5"], 1, "invalid_config"),
        (["sales", "--connection", "01a20519-f006-71bc-901f-398a3e57a707", "--provider", "folders"], 3, "not_found"),
    ],
)
def test_bad_input_is_refused_before_anything_is_made(
    arguments: list[str], code: int, expected: str, oneclick: Oneclick, folders: Path
) -> None:
    for command in ("plan", "create"):
        given = arguments if "--provider" in arguments else [*arguments, "--provider", "folders"]
        ran = oneclick("warehouse", command, *given, "--json")

        assert (ran.code, ran.out, ran.error["code"]) == (code, "", expected)
        assert ran.error["hint"]
    assert not Warehouse.objects.exists()


@pytest.mark.parametrize(
    "arguments", [["sales", "--spend-cap", "much"], [], ["sales", "--colour", "red"], ["sales", "--connection", "x"]]
)
def test_a_wrong_command_line_ends_with_2(arguments: list[str], oneclick: Oneclick) -> None:
    assert oneclick("warehouse", "create", *arguments).code == 2


def test_a_name_that_is_taken_is_a_conflict(oneclick: Oneclick, sales: Warehouse) -> None:
    ran = oneclick("warehouse", "create", "sales", "--provider", "folders", "--json")

    assert (ran.code, ran.error["code"]) == (5, "name_taken")


def test_lists_and_details_for_people_and_programs(oneclick: Oneclick, sales: Warehouse) -> None:
    assert re.search(r"^sales +folders +Ready +just now$", oneclick("warehouse", "list").out, re.MULTILINE)
    assert [each["name"] for each in oneclick("warehouse", "list", "--json").json] == ["sales"]
    assert re.search(r"^State +Ready$", oneclick("warehouse", "show", "sales").out, re.MULTILINE)
    assert len(oneclick("warehouse", "show", str(sales.id), "--json").json["resources"]) == 4
    assert oneclick("warehouse", "show", "nothing").code == 3


def test_credentials_are_shown_and_each_look_is_audited(oneclick: Oneclick, sales: Warehouse) -> None:
    assert "canary-secret" in oneclick("warehouse", "credentials", "sales").out
    assert oneclick("warehouse", "credentials", "sales", "--json").json["secret"] == "canary-secret"
    looks = AuditEvent.objects.filter(action="credentials.viewed", organisation_id=sales.organisation_id)
    assert looks.count() == 2


def test_status_tells_drift_by_its_exit_code(oneclick: Oneclick, folders: Path, sales: Warehouse) -> None:
    assert oneclick("warehouse", "status", "sales").code == 0
    (folders / f"{sales.id.hex}-top").unlink()

    ran = oneclick("warehouse", "status", "sales")

    assert ran.code == 1
    assert f"missing  thing {sales.id.hex}-top" in ran.out
    assert oneclick("warehouse", "status", "sales", "--json").json["state"] == "drifted"


def test_a_check_is_a_job_whose_result_tells_drift(oneclick: Oneclick, folders: Path, sales: Warehouse) -> None:
    assert oneclick("warehouse", "check", "sales").code == 0
    (folders / f"{sales.id.hex}-top").unlink()

    ran = oneclick("warehouse", "check", "sales")
    as_json = oneclick("warehouse", "check", "sales", "--json")

    assert ran.code == as_json.code == 1
    assert f"missing  thing {sales.id.hex}-top" in ran.out
    assert (as_json.json["kind"], as_json.json["result"]["state"]) == ("check", "drifted")
    assert oneclick("warehouse", "check", "sales", "--no-wait", "--json").json["state"] == "pending"


def test_a_repair_shows_its_plan_and_needs_a_yes(oneclick: Oneclick, folders: Path, sales: Warehouse) -> None:
    base = folders / f"{sales.id.hex}-base"
    base.write_text(base.read_text().replace("small", "large"))

    for arguments in ([], ["--json"]):
        asked = oneclick("warehouse", "repair", "sales", *arguments)
        assert asked.code == 5
        assert "oneclick warehouse repair sales --yes" in asked.err
    assert not ProvisioningJob.objects.filter(kind="update").exists()

    done = oneclick("warehouse", "repair", "sales", "--yes")
    assert done.code == 0
    assert re.search(r"^update +thing [0-9a-f ]*-base", done.out.replace("thing  ", "thing "), re.MULTILINE)
    assert re.search(r"size +large +small$", done.out, re.MULTILINE)
    assert done.out.endswith("sales is as we made it again.\n")
    assert oneclick("warehouse", "repair", "sales", "--yes", "--json").json["state"] == "success"


def test_on_a_terminal_a_repair_asks(lake: Warehouse, environment: dict[str, str]) -> None:
    for typed, code in (("n", 5), ("y", 0)):
        ours, theirs = pty.openpty()
        os.write(ours, f"{typed}\n".encode())

        ran = subprocess.run(
            [ONECLICK, "warehouse", "repair", "lake"],
            env=environment, stdin=theirs, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

        assert "Do this? [y/N]" in ran.stderr
        assert ran.returncode == code, ran.stderr


def test_rotation_gives_new_credentials(oneclick: Oneclick, sales: Warehouse) -> None:
    ran = oneclick("warehouse", "rotate", "sales", "--level", "write", "--grace", "0")

    assert ran.code == 0
    assert "sales has new credentials" in ran.out
    sales.refresh_from_db()
    assert sales.current_logins["write"] == 2


def test_an_empty_warehouse_goes_without_a_question(oneclick: Oneclick, sales: Warehouse) -> None:
    assert oneclick("warehouse", "destroy", "sales").out == "sales is deleted.\n"
    assert oneclick("warehouse", "destroy", "sales").code == 3


def test_a_warehouse_with_tables_lists_them_and_asks_for_its_name(oneclick: Oneclick, lake: Warehouse) -> None:
    refused = oneclick("warehouse", "destroy", "lake")
    assert refused.code == 5
    assert re.search(r"^raw\.notes +2 +no$", refused.out, re.MULTILINE)
    assert "If that is meant: oneclick warehouse destroy lake --confirm lake" in refused.err
    assert oneclick("warehouse", "destroy", "lake", "--confirm", "lack").code == 5
    as_json = oneclick("warehouse", "destroy", "lake", "--json")
    assert (as_json.code, as_json.out, as_json.error["code"]) == (5, "", "confirmation_needed")
    assert not ProvisioningJob.objects.filter(kind="destroy").exists()

    assert oneclick("warehouse", "destroy", "lake", "--confirm", "lake").code == 0


def test_on_a_terminal_the_name_is_typed(lake: Warehouse, environment: dict[str, str]) -> None:
    for typed, code in (("", 5), ("lack", 5), ("lake", 0)):
        ours, theirs = pty.openpty()
        os.write(ours, f"{typed}\n".encode())

        ran = subprocess.run(
            [ONECLICK, "warehouse", "destroy", "lake"],
            env=environment,
            stdin=theirs,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

        assert "type its name (lake)" in ran.stderr
        assert ran.returncode == code, ran.stderr
        assert ProvisioningJob.objects.filter(kind="destroy").exists() == (code == 0)


def test_the_organisation_is_named_where_there_are_several(oneclick: Oneclick, folders: Path) -> None:
    for name in ("Acme", "Elsewhere"):
        create_organisation(name, actor="system:test")

    unnamed = oneclick("warehouse", "create", "sales", "--provider", "folders", "--no-wait", "--json")
    named = oneclick(
        "warehouse", "create", "sales", "--provider", "folders", "--no-wait", "--organisation", "Elsewhere"
    )

    assert (unnamed.code, unnamed.error["code"]) == (1, "organisation_not_named")
    assert named.code == 0
    assert Warehouse.objects.get().organisation.name == "Elsewhere"
    assert oneclick("warehouse", "show", "sales", "--organisation", "Acme").code == 3


def test_a_process_of_its_own_does_the_same(process: Oneclick, oneclick: Oneclick, sales: Warehouse) -> None:
    assert process("warehouse", "list", "--json").json == oneclick("warehouse", "list", "--json").json
    assert process("warehouse", "show", "nothing", "--json").error["code"] == "not_found"
