import json
import subprocess
import sys
from typing import Any

import pytest


def run_chaos(*arguments: str, timeout_s: float) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos.harness", *arguments],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    report: dict[str, Any] = json.loads(done.stdout)
    print(json.dumps(report, indent=2))  # noqa: T201 - the report belongs to the test's output
    return report


def check_report(report: dict[str, Any], *, jobs: int, hits: int) -> None:
    planted = jobs // 10
    assert report["jobs"] == {
        "success": jobs - planted,
        **({"failed already_exists": planted} if planted else {}),
    }, report
    assert report["planted_failed_as_planted"] == planted
    assert report["settled_s"] < 60
    assert report["faults"]["hit_running"] >= hits
    assert report["faults"]["stops"] >= 1
    assert report["ready"] == jobs - planted
    assert report["strays"] == []
    assert report["doubled_records"] == 0


@pytest.mark.timeout(240)
def test_jobs_survive_kills_and_server_stops_in_the_short_form() -> None:
    report = run_chaos("--jobs", "20", "--kills", "5", "--stops", "1", "--workers", "2", timeout_s=200)

    check_report(report, jobs=20, hits=5)


@pytest.mark.long
@pytest.mark.timeout(1500)
def test_200_jobs_survive_50_kills_of_running_ones_and_server_stops() -> None:
    report = run_chaos("--jobs", "200", "--kills", "50", "--stops", "5", timeout_s=1400)

    check_report(report, jobs=200, hits=50)
