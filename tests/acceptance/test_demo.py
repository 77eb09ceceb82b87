import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.stack.conftest import Installation

STAGES = [
    "Start the stack",
    "Set up a warehouse",
    "Load flights.csv",
    "Compare with an independent reader",
    "Answer a question",
    "Clone an application's database",
    "Read an HTTP API",
    "Import a spreadsheet",
    "Bring what changed there since",
]


def run_demo(installation: Installation, tmp_path: Path, *arguments: str) -> dict[str, Any]:
    path = tmp_path / "summary.json"
    done = installation.run("demo", "--exit", "--json", str(path), *arguments)
    assert done.returncode == 0, done.stderr + done.stdout
    summary: dict[str, Any] = json.loads(path.read_text())
    return summary


@pytest.mark.timeout(180)
def test_the_demo_shows_the_whole_chain_and_can_be_run_again(installation: Installation, tmp_path: Path) -> None:
    first = run_demo(installation, tmp_path)

    assert [stage["name"] for stage in first["stages"]] == STAGES
    assert {stage["state"] for stage in first["stages"]} == {"done"}
    assert (first["warehouse"]["provider"], first["warehouse"]["state"]) == ("local", "active")
    tables = {(table["schema"], table["name"]): table["rows"] for table in first["warehouse"]["tables"]}
    assert tables["raw", "flights"] == 336_776
    assert tables["shop", "order_items"] == 50_000
    assert [each["template"] for each in first["flows"]] == [
        "database_clone", "api_ingestion", "file_import", "database_clone", "api_ingestion",
    ]  # fmt: skip
    assert {(each["state"], each["rejected"]) for each in first["flows"]} == {("done", 0)}
    whole, tickets, budget, changed, answered = first["flows"]
    assert (whole["rows"], budget["rows"]) == (128_000, 60)
    assert 300 < changed["rows"] < 1000
    assert changed["deleted"] > 5, "who leaves takes their orders along"
    assert answered["rows"] < tickets["rows"], "only what changed came"
    assert first["urls"]["home"].startswith("http://127.0.0.1:")
    assert first["answer"]["rows"][0][0] == "F9"
    assert installation.run("status").returncode == 6, "--exit stops everything"

    second = run_demo(installation, tmp_path)
    assert second["warehouse"]["id"] == first["warehouse"]["id"]
    for again, before in zip(second["flows"][:2], (whole, tickets), strict=True):
        assert again["rows"] < before["rows"], "what came the first time needn't come again"


@pytest.mark.timeout(180)
def test_the_demo_takes_ones_own_file_on_a_stack_that_runs(installation: Installation, tmp_path: Path) -> None:
    mine = tmp_path / "Quarter 3.tsv"
    mine.write_text("day\tamount\tnote\n2024-07-01\t10.5\tfirst\n2024-07-02\t\tä\n2024-07-03\t4\t\n", encoding="utf-8")
    installation.up()

    summary = run_demo(installation, tmp_path, "--file", str(mine))

    assert summary["warehouse"]["tables"] == [{"schema": "raw", "name": "quarter_3", "rows": 3}]
    assert installation.status()["running"], "a stack that was up before stays up"


def test_a_file_that_is_not_there_is_named_and_the_stack_goes_down_again(
    installation: Installation, tmp_path: Path
) -> None:
    path = tmp_path / "summary.json"

    done = installation.run("demo", "--exit", "--json", str(path), "--file", "/nowhere/sales.csv")

    assert done.returncode != 0
    assert "/nowhere/sales.csv" in done.stderr
    assert "Traceback" not in done.stderr
    assert json.loads(path.read_text())["stages"][-1]["state"] == "failed"
    assert installation.run("status").returncode == 6


@pytest.mark.timeout(180)
def test_it_stays_up_until_it_is_told_to_stop_and_then_leaves_nothing(
    installation: Installation, tmp_path: Path
) -> None:
    mine = tmp_path / "sales.csv"
    mine.write_text("day,amount\n2024-07-01,10.5\n")
    with subprocess.Popen(
        [sys.executable, "-m", "oneclick.cli", "demo", "--file", str(mine)],
        env=installation.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd="/",
    ) as demo:  # fmt: skip
        assert demo.stderr is not None
        said = iter(demo.stderr.readline, "")
        assert any("It stays up" in line for line in said)
        assert installation.status()["running"]

        demo.terminate()

        rest = list(said)
        assert demo.wait(60) == 0, rest
    assert installation.run("status").returncode == 6
