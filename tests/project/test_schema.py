import re
from importlib import import_module
from pathlib import Path

import pytest

from oneclick.project.schema.files import schema_files
from oneclick.project.schema.served import INDEXES, LIVES
from oneclick.project.schema.tables import Index, Table, tables
from oneclick.provisioning.models import ResourceState
from oneclick.warehouses.models import WarehouseState

pytestmark = pytest.mark.django_db
DOCS = Path(__file__).parents[2] / "docs"


def test_the_reference_is_current() -> None:
    for name, text in schema_files().items():
        assert (DOCS / name).read_text(encoding="utf-8") == text, f"docs/{name} fell behind: run `make schema`"


def test_every_index_says_which_query_it_serves() -> None:
    found = {index.name: (table, index) for table in tables() for index in table.indexes}

    unexplained = [name for name, place in found.items() if name not in INDEXES and not _explains_itself(*place)]

    assert not unexplained, "say in oneclick/project/schema/served.py what they serve, or drop them"
    assert set(INDEXES) <= set(found)


def test_every_query_that_an_index_serves_exists() -> None:
    named = [name for sentence in INDEXES.values() for name in re.findall(r"`([\w.]+)`", sentence)]
    assert named
    for name in named:
        room, _, rest = name.partition(".")
        module, _, function = rest.rpartition(".")
        assert hasattr(import_module(f"oneclick.{room}.{module}" if module else f"oneclick.{room}"), function), name


def test_the_life_cycles_name_every_state() -> None:
    models = {table.model for table in tables()}
    assert set(LIVES) <= models
    for state in WarehouseState:
        assert state.value in LIVES["Warehouse"]
    for resource_state in ResourceState:
        assert resource_state.value in LIVES["ResourceRecord"]


def _explains_itself(table: Table, index: Index) -> bool:
    foreign_keys = {column.name for column in table.columns if column.refers_to}
    return index.kind == "primary key" or index.covers in foreign_keys
