"""`oneclick load` and `oneclick query`, over a local warehouse."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from oneclick.accounts.services import ensure_default_organisation
from oneclick.queries.models import QueryHistory, QueryState
from oneclick.warehouses.models import Warehouse
from tests.cli.conftest import ONECLICK, Ran
from tests.lake import make_warehouse

pytestmark = pytest.mark.django_db(transaction=True)

Oneclick = Callable[..., Ran]


@pytest.fixture
def warehouse(transactional_db: None) -> Warehouse:
    return make_warehouse(ensure_default_organisation(actor="operator:test"))


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text("id,shop,price\n1,north,1.50\n2,south,\n3\n4,north,10\n")
    return path


def test_a_preview_loads_nothing(oneclick: Oneclick, warehouse: Warehouse, orders: Path) -> None:
    shown = oneclick("load", str(orders), "--preview")
    assert shown.code == 0, shown.err
    assert "price" in shown.out
    assert "3 rows that fit; 1 would be set aside. Nothing was loaded." in shown.out
    assert oneclick("load", str(orders), "--preview", "--json").json["rejected"] == 1
    assert oneclick("query", "SELECT * FROM raw.orders").code != 0


def test_a_file_is_loaded_and_asked_about(oneclick: Oneclick, warehouse: Warehouse, orders: Path) -> None:
    loaded = oneclick("load", str(orders))
    assert loaded.code == 0, loaded.err
    assert loaded.out.startswith("Loaded 3 rows of orders.csv into raw.orders in ")
    assert "1 row didn't fit and was set aside" in loaded.err
    asked = oneclick("query", "select shop, sum(price) total from raw.orders group by all order by shop")
    assert asked.code == 0, asked.err
    assert [line.split() for line in asked.out.splitlines()] == [
        ["shop", "total"],
        ["north", "11.5"],
        ["south", "NULL"],
    ]


def test_a_column_gets_the_type_that_is_said(oneclick: Oneclick, warehouse: Warehouse, orders: Path) -> None:
    loaded = oneclick("load", str(orders), "--json", "--type", "id=TEXT", "--type", "price=decimal(9,2)")
    assert [column["type"] for column in loaded.json["columns"]] == ["VARCHAR", "VARCHAR", "DECIMAL(9,2)"]


def test_programs_get_json(oneclick: Oneclick, warehouse: Warehouse, orders: Path) -> None:
    loaded = oneclick("load", str(orders), "--json")
    assert (loaded.json["rows"], loaded.json["rejected"], loaded.json["table"]) == (3, 1, "raw.orders")
    asked = oneclick("query", "select id, price from raw.orders order by id", "--json", "--limit", "2")
    assert asked.code == 0, asked.err
    assert asked.json == [{"id": 1, "price": 1.5}, {"id": 2, "price": None}]
    assert "more than these 2 rows" in asked.err
    assert oneclick("query", "select id from raw.orders where false", "--json").json == []


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("out.csv", lambda path: duckdb.read_csv(str(path)).fetchall()),
        ("out.parquet", lambda path: duckdb.read_parquet(str(path)).fetchall()),
        ("out.json", lambda path: [tuple(row.values()) for row in json.loads(path.read_text())]),
    ],
)
def test_rows_go_to_a_file(
    oneclick: Oneclick, warehouse: Warehouse, tmp_path: Path, name: str, read: Callable[[Path], list[object]]
) -> None:
    file = tmp_path / name
    ran = oneclick("query", "select range i, 'x' || range s from range(3000)", "--limit", "0", "--output", str(file))
    assert ran.code == 0, ran.err
    assert "Wrote 3,000 rows" in ran.err
    assert read(file) == [(number, f"x{number}") for number in range(3000)]


def test_a_wrong_query_leaves_no_file(oneclick: Oneclick, warehouse: Warehouse, tmp_path: Path) -> None:
    ran = oneclick("query", "select nope", "--output", str(tmp_path / "out.csv"))
    assert ran.code == 1
    assert list(tmp_path.iterdir()) == []
    broken = "select (case when range = 90000 then 'x' else '1' end)::int from range(100000)"
    ran = oneclick("query", broken, "--limit", "0", "--output", str(tmp_path / "out.csv"))
    assert (ran.code, "Conversion" in ran.err) == (1, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (("query", "drop table x", "--json"), 1, "not_a_read"),
        (("query", "from 'x.csv'", "--json"), 1, "forbidden_table"),
        (("query", "select 1", "--warehouse", "nope", "--json"), 3, "not_found"),
        (("load", "/nowhere.csv", "--json"), 1, "file_unreadable"),
        (("load", "/nowhere.csv", "--type", "a", "--json"), 1, "bad_import_option"),
        (("load", "/nowhere.csv", "--type", "a=MONEY", "--json"), 1, "bad_import_option"),
        (("query", "select 1", "--timeout", "999999", "--json"), 1, "bad_query_limit"),
    ],
)
def test_what_is_wrong_is_said_with_code_and_cure(
    oneclick: Oneclick, warehouse: Warehouse, arguments: tuple[str, ...], code: int, error: str
) -> None:
    ran = oneclick(*arguments)
    assert ran.code == code
    assert ran.error["code"] == error
    assert ran.error["hint"]


@pytest.mark.parametrize(
    "arguments",
    [("--format", "table", "--output", "x.csv"), ("--output", "x.xyz"), ("--limit", "-1"), ("--format", "x")],
)
def test_a_wrong_command_line_is_a_usage_error(oneclick: Oneclick, arguments: tuple[str, ...]) -> None:
    assert oneclick("query", "select 1", *arguments).code == 2


def test_ctrl_c_stops_the_query(warehouse: Warehouse, environment: dict[str, str]) -> None:
    endless = "select count(*) from range(1000000000) a, range(1000000000) b"
    process = subprocess.Popen(
        [ONECLICK, "query", endless], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 20
    while not QueryHistory.objects.filter(state=QueryState.RUNNING).exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(1)
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=15)
    assert process.returncode == 130, err
    assert QueryHistory.objects.get().state == QueryState.CANCELLED
