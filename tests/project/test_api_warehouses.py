"""Warehouses and jobs over REST, over the real database, with a provider that needs no server."""

from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from oneclick.audit.models import AuditEvent
from oneclick.core.clock import utcnow
from oneclick.provisioning import engine
from oneclick.provisioning.models import IdempotencyKey, JobState, ProvisioningJob
from oneclick.warehouses.models import Warehouse
from tests.project.conftest import Caller
from tests.provisioning.folders import set_faults

pytestmark = pytest.mark.django_db

SALES = {"name": "sales", "provider": "folders"}


def test_creating_answers_202_with_the_job_to_follow(as_admin: Caller, folders: Path) -> None:
    asked = as_admin("POST", "/api/warehouses", SALES)

    assert asked.status_code == 202
    followed = as_admin("GET", asked["Location"])
    assert followed.json()["id"] == asked.json()["id"]
    assert followed.json()["state"] == "pending"


def test_a_warehouse_from_plan_to_deletion(as_admin: Caller, folders: Path) -> None:
    plan = as_admin("POST", "/api/plans", SALES).json()
    assert [line["action"] for line in plan["actions"]] == ["create"] * 4
    assert (plan["is_blocked"], plan["cost"]["spend_cap"]) == (False, "no spend cap")
    assert not Warehouse.objects.exists()

    job = drive(as_admin("POST", "/api/warehouses", SALES))
    assert job.state == JobState.SUCCESS
    detail = as_admin("GET", f"/api/jobs/{job.id}").json()
    assert [step["state"] for step in detail["steps"]] == ["done"] * 4
    events = as_admin("GET", f"/api/jobs/{job.id}/events?after=2").json()
    assert [event["sequence"] for event in events] == list(range(3, 3 + len(events)))

    assert as_admin("GET", "/api/warehouses/sales").json()["state"] == "active"
    assert as_admin("GET", "/api/warehouses/sales/status").json()["state"] == "ready"
    assert as_admin("GET", "/api/warehouses/sales/losses").json() == []

    before = as_admin("GET", "/api/warehouses/sales/credentials").json()
    assert before["secret"] == "canary-secret"
    assert drive(as_admin("POST", "/api/warehouses/sales/rotate", {"level": "read", "grace_s": 0})).state == "success"

    assert drive(as_admin("DELETE", "/api/warehouses/sales")).state == JobState.SUCCESS
    assert as_admin("GET", "/api/warehouses/sales").status_code == 404
    assert as_admin("GET", f"/api/warehouses/{job.warehouse_id}").json()["state"] == "deleted"
    assert as_admin("GET", "/api/warehouses").json() == {"items": [], "next": None}


def test_drift_is_told_by_resource(as_admin: Caller, folders: Path, job: ProvisioningJob) -> None:
    (folders / f"{job.warehouse_id.hex}-top").unlink()

    status = as_admin("GET", "/api/warehouses/sales/status").json()

    assert status["state"] == "drifted"
    assert status["missing"] == [{"kind": "thing", "name": f"{job.warehouse_id.hex}-top"}]


def test_a_check_and_a_repair_are_jobs_that_one_key_asks_for_once(
    as_admin: Caller, folders: Path, job: ProvisioningJob
) -> None:
    top = folders / f"{job.warehouse_id.hex}-top"
    top.unlink()

    asked = [as_admin("POST", "/api/warehouses/sales/check", headers={"Idempotency-Key": "c"}) for _ in range(2)]
    assert asked[0].json()["id"] == asked[1].json()["id"]
    assert drive(asked[0]).result == as_admin("GET", "/api/warehouses/sales/status").json()

    plan = as_admin("GET", "/api/warehouses/sales/repair").json()
    assert [line["action"] for line in plan["actions"]] == ["keep", "create", "keep", "keep"]
    assert not top.exists()
    asked = [as_admin("POST", "/api/warehouses/sales/repair", headers={"Idempotency-Key": "r"}) for _ in range(2)]
    assert asked[0].json()["id"] == asked[1].json()["id"]
    assert drive(asked[0]).state == JobState.SUCCESS
    assert top.exists()


def test_a_failed_job_tells_cause_and_cure_and_can_be_tried_again(as_admin: Caller, folders: Path) -> None:
    set_faults(folders, deny="create")
    job = drive(as_admin("POST", "/api/warehouses", SALES))
    error = as_admin("GET", f"/api/jobs/{job.id}").json()["error"]
    assert error["code"] == "permission_denied"
    assert "GRANT WRITE" in error["hint"]

    set_faults(folders)
    assert drive(as_admin("POST", f"/api/jobs/{job.id}/retry")).state == JobState.SUCCESS


def test_a_job_can_be_cancelled_before_it_begins(as_admin: Caller, folders: Path) -> None:
    job_id = as_admin("POST", "/api/warehouses", SALES).json()["id"]

    cancelled = as_admin("POST", f"/api/jobs/{job_id}/cancel")

    assert (cancelled.status_code, cancelled.json()["is_cancel_asked"]) == (202, True)
    engine.drive(job_id)
    assert as_admin("GET", f"/api/jobs/{job_id}").json()["state"] == "cancelled"
    again = as_admin("POST", f"/api/jobs/{job_id}/cancel")
    assert (again.status_code, code(again)) == (409, "illegal_transition")


def test_lists_go_page_by_page(as_admin: Caller, folders: Path) -> None:
    for number in range(5):
        as_admin("POST", "/api/warehouses", {**SALES, "name": f"w{number}"})

    names, before = [], ""
    for _ in range(3):
        page = as_admin("GET", f"/api/warehouses?limit=2{before}").json()
        names += [item["name"] for item in page["items"]]
        before = f"&before={page['next']}"

    assert names == ["w4", "w3", "w2", "w1", "w0"]
    assert page["next"] is None
    assert len(as_admin("GET", "/api/jobs?limit=3&state=pending").json()["items"]) == 3
    assert len(as_admin("GET", "/api/jobs?warehouse=w2").json()["items"]) == 1


class TestIdempotency:
    KEY: ClassVar = {"Idempotency-Key": "the-same-click"}

    def test_the_same_request_leads_to_the_same_job(self, as_admin: Caller, folders: Path) -> None:
        first, second = (as_admin("POST", "/api/warehouses", SALES, headers=self.KEY) for _ in range(2))

        assert first.status_code == second.status_code == 202
        assert first.json()["id"] == second.json()["id"]
        assert Warehouse.objects.count() == 1

    def test_another_body_is_refused(self, as_admin: Caller, folders: Path) -> None:
        as_admin("POST", "/api/warehouses", SALES, headers=self.KEY)

        other = as_admin("POST", "/api/warehouses", {**SALES, "name": "other"}, headers=self.KEY)

        assert (other.status_code, code(other)) == (409, "idempotency_key_reused")
        assert Warehouse.objects.count() == 1

    def test_without_a_key_the_second_one_is_a_name_that_is_taken(self, as_admin: Caller, folders: Path) -> None:
        as_admin("POST", "/api/warehouses", SALES)

        second = as_admin("POST", "/api/warehouses", SALES)

        assert (second.status_code, code(second)) == (409, "name_taken")

    def test_deleting_again_leads_to_the_same_job_after_the_warehouse_is_gone(
        self, as_admin: Caller, warehouse: Warehouse
    ) -> None:
        first = as_admin("DELETE", "/api/warehouses/sales", headers=self.KEY)
        assert drive(first).state == JobState.SUCCESS

        second = as_admin("DELETE", "/api/warehouses/sales", headers=self.KEY)

        assert (second.status_code, second.json()["id"]) == (202, first.json()["id"])

    def test_one_key_is_not_shared_by_operations(self, as_admin: Caller, warehouse: Warehouse) -> None:
        rotated = as_admin("POST", "/api/warehouses/sales/rotate", {"grace_s": 0}, headers=self.KEY)
        deleted = as_admin("DELETE", "/api/warehouses/sales", headers=self.KEY)

        assert [rotated.json()["kind"], deleted.json()["kind"]] == ["rotate", "destroy"]

    def test_another_tenant_may_use_the_same_key(self, as_admin: Caller, as_outsider: Caller, folders: Path) -> None:
        ours = as_admin("POST", "/api/warehouses", SALES, headers=self.KEY)
        theirs = as_outsider("POST", "/api/warehouses", SALES, headers=self.KEY)

        assert (ours.status_code, theirs.status_code) == (202, 202)
        assert ours.json()["id"] != theirs.json()["id"]

    def test_a_key_is_forgotten_after_its_time(self, as_admin: Caller, folders: Path) -> None:
        as_admin("POST", "/api/warehouses", SALES, headers=self.KEY)
        IdempotencyKey.objects.update(expires_at=utcnow() - timedelta(seconds=1))

        other = as_admin("POST", "/api/warehouses", {**SALES, "name": "other"}, headers=self.KEY)

        assert other.status_code == 202

    def test_a_key_that_is_too_long_is_refused(self, as_admin: Caller, folders: Path) -> None:
        answer = as_admin("POST", "/api/warehouses", SALES, headers={"Idempotency-Key": "k" * 256})

        assert (answer.status_code, code(answer)) == (422, "invalid_request")


class TestRights:
    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("POST", "/api/plans", SALES),
            ("POST", "/api/warehouses", {**SALES, "name": "more"}),
            ("DELETE", "/api/warehouses/sales", None),
            ("GET", "/api/warehouses/sales/losses", None),
            ("GET", "/api/warehouses/sales/credentials", None),
            ("POST", "/api/warehouses/sales/rotate", {}),
            ("POST", "/api/jobs/{job}/retry", None),
            ("POST", "/api/jobs/{job}/cancel", None),
        ],
    )
    def test_only_admins_change_things_and_see_credentials(  # noqa: PLR0917 - fixtures
        self,
        method: str,
        path: str,
        body: object,
        job: ProvisioningJob,
        as_member: Caller,
        as_reader: Caller,
    ) -> None:
        jobs_before = ProvisioningJob.objects.count()

        for caller in (as_member, as_reader):
            answer = caller(method, path.format(job=job.id), body)
            assert (answer.status_code, code(answer)) == (403, "not_allowed")

        assert ProvisioningJob.objects.count() == jobs_before

    def test_everybody_sees_warehouses_and_jobs(self, job: ProvisioningJob, as_reader: Caller) -> None:
        for path in ("", "/sales", "/sales/status"):
            assert as_reader("GET", f"/api/warehouses{path}").status_code == 200
        for path in ("", f"/{job.id}", f"/{job.id}/events"):
            assert as_reader("GET", f"/api/jobs{path}").status_code == 200

    def test_each_look_at_credentials_is_in_the_audit_log(self, warehouse: Warehouse, as_admin: Caller) -> None:
        answer = as_admin(
            "GET", "/api/warehouses/sales/credentials?level=write", headers={"X-Correlation-ID": "look-at-it-1"}
        )

        assert answer["Cache-Control"] == "no-store"
        seen = AuditEvent.objects.get(action="credentials.viewed", organisation_id=warehouse.organisation_id)
        assert seen.correlation_id == "look-at-it-1"
        assert seen.actor.startswith("token:")
        assert "canary-secret" not in str(vars(seen))


class TestBadInput:
    @pytest.mark.parametrize(
        ("body", "status", "expected"),
        [
            ({**SALES, "provider": "nowhere"}, 422, "invalid_config"),
            ({**SALES, "name": ""}, 422, "invalid_config"),
            ({**SALES, "name": "x" * 64}, 422, "invalid_config"),
            ({**SALES, "name": "Sales; DROP TABLE x"}, 422, "invalid_config"),
            ({**SALES, "name": "sales\x00"}, 422, "invalid_config"),
            ({**SALES, "name": "\u017fales"}, 422, "invalid_config"),
            ({**SALES, "monthly_spend_cap": -1}, 422, "invalid_config"),
            ({**SALES, "size": "gigantic"}, 422, "invalid_config"),
            ({**SALES, "region": "mars"}, 422, "invalid_config"),
            ({**SALES, "account_link_id": "01a20519-f006-71bc-901f-398a3e57a707"}, 404, "not_found"),
            ({**SALES, "nmae": "sales"}, 422, "invalid_request"),
            ({"provider": "folders"}, 422, "invalid_request"),
            ({**SALES, "name": 7}, 422, "invalid_request"),
            ({**SALES, "monthly_spend_cap": "100"}, 422, "invalid_request"),
            ({**SALES, "monthly_spend_cap": 1.5}, 422, "invalid_request"),
            ({**SALES, "monthly_spend_cap": True}, 422, "invalid_request"),
            ({**SALES, "account_link_id": "x"}, 422, "invalid_request"),
            ([], 422, "invalid_request"),
            ("text", 422, "invalid_request"),
        ],
    )
    def test_it_says_what_and_why_and_changes_nothing(
        self, body: object, status: int, expected: str, as_admin: Caller, folders: Path
    ) -> None:
        for path in ("/api/warehouses", "/api/plans"):
            answer = as_admin("POST", path, body)

            assert (answer.status_code, code(answer)) == (status, expected)
            assert answer.json()["error"]["message"].endswith(".")
            assert answer.json()["error"]["hint"]
        assert not Warehouse.objects.exists()

    def test_a_wrong_field_is_named_as_the_caller_knows_it(self, as_admin: Caller, folders: Path) -> None:
        answer = as_admin("POST", "/api/warehouses", {**SALES, "nmae": "sales"})

        assert [problem["field"] for problem in answer.json()["error"]["fields"]] == ["body.nmae"]

    @pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"name": NaN}', b"[" * 100_000])
    def test_a_body_that_is_no_json_is_refused(self, body: bytes, as_admin: Caller, folders: Path) -> None:
        from django.test import Client

        answer = Client(raise_request_exception=False).generic(
            "POST",
            "/api/warehouses",
            data=body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {as_admin.token}"},
        )

        assert (answer.status_code, code(answer)) == (422, "invalid_request")

    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("/api/warehouses/%00", 404),
            ("/api/warehouses/" + "x" * 3000, 404),
            ("/api/warehouses/..", 404),
            ("/api/warehouses?limit=0", 422),
            ("/api/warehouses?limit=x", 422),
            ("/api/warehouses?before=x", 422),
            ("/api/warehouses/sales/credentials?level=god", 422),
            ("/api/jobs/x", 422),
            ("/api/jobs?state=sleeping", 422),
            ("/api/jobs?warehouse=%00", 404),
            ("/api/jobs/01a20519-f006-71bc-901f-398a3e57a707", 404),
            ("/api/jobs/01a20519-f006-71bc-901f-398a3e57a707/events?after=99999999999999", 422),
        ],
    )
    def test_odd_addresses_are_answered_in_our_shape(
        self, path: str, status: int, as_admin: Caller, warehouse: Warehouse
    ) -> None:
        answer = as_admin("GET", path)

        assert answer.status_code == status
        assert code(answer)

    def test_what_does_not_exist_and_what_is_not_taken(self, as_admin: Caller) -> None:
        assert code(as_admin("GET", "/api/nothing-here")) == "no_such_address"
        answer = as_admin("PUT", "/api/jobs", {})
        assert (answer.status_code, code(answer), answer["Allow"]) == (405, "no_such_method", "GET")


def code(answer: object) -> str:
    found: str = answer.json()["error"]["code"]
    return found


def drive(answer: object) -> ProvisioningJob:
    """Do what the worker would."""
    assert answer.status_code == 202, answer.content
    job = ProvisioningJob.objects.get(id=answer.json()["id"])
    for _ in range(100):
        engine.drive(job.id)
        job.refresh_from_db()
        if job.state in ("success", "failed", "cancelled"):
            break
    return job
