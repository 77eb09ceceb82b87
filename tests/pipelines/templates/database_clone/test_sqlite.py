"""SQLite as a source."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings

from oneclick.accounts.roles import Principal
from oneclick.pipelines import services
from oneclick.pipelines.contract.errors import BadFlow, SourceDamaged, SourceUnavailable
from oneclick.pipelines.models import DataFlow, RunState
from oneclick.warehouses.models import Warehouse
from tests.pipelines.conftest import Rows
from tests.pipelines.sources import update

pytestmark = pytest.mark.django_db(transaction=True)

SHOP = """
CREATE TABLE orders (id INTEGER PRIMARY KEY, total REAL, note TEXT, raw BLOB, paid_on DATE, updated_at DATETIME);
INSERT INTO orders VALUES (1, 1.5, '', x'00ff', '2024-02-29', '2024-02-29 12:00:00.000001'), (2, 2, NULL, NULL, NULL,
    '2024-03-01 00:00:00');
"""


@pytest.fixture
def file(member: Principal) -> Path:
    folder = Path(settings.HOME) / "databases" / str(member.organisation_id)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "shop.db"
    path.unlink(missing_ok=True)
    execute(path, SHOP)
    return path


def execute(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


def connect(member: Principal, warehouse: Warehouse, name: str = "shop.db") -> DataFlow:
    config = {"engine": "SQLite", "file": name}
    return services.connect(member, template_key="database_clone", warehouse=warehouse.id, config=config, given={})


def whole(member: Principal, draft: DataFlow) -> DataFlow:
    services.choose(member, draft.id, services.suggest(services.discover(member, draft.id)))
    return services.schedule(member, draft.id, kind="manual")


def test_rows_come_and_then_what_changed(member: Principal, warehouse: Warehouse, file: Path, rows_in: Rows) -> None:
    flow = whole(member, connect(member, warehouse))
    run = update(member, flow)
    assert (run.state, run.rows) == (RunState.DONE, 2), run.error_message
    assert rows_in("raw.orders", "id, total, note, raw, paid_on::VARCHAR, updated_at::VARCHAR") == [
        (1, 1.5, "", b"\x00\xff", "2024-02-29", "2024-02-29 12:00:00.000001"),
        (2, 2.0, None, None, None, "2024-03-01 00:00:00"),
    ]
    execute(
        file, "UPDATE orders SET total = 9, updated_at = datetime('now') WHERE id = 1; DELETE FROM orders WHERE id = 2"
    )
    again = update(member, flow, allow_fewer=True)
    assert again.state == RunState.DONE, again.error_message
    assert rows_in("raw.orders", "id, total, _deleted_at IS NULL") == [(1, 9.0, True), (2, 2.0, False)]


def test_a_value_of_the_wrong_type_is_told(member: Principal, warehouse: Warehouse, file: Path) -> None:
    execute(file, "UPDATE orders SET total = 'much' WHERE id = 1")
    run = update(member, whole(member, connect(member, warehouse)))
    assert (run.state, run.error_code) == (RunState.FAILED, "source_damaged")
    assert "total" in run.error_message


def test_only_files_of_ones_own_folder_are_read(
    member: Principal, outsider: Principal, warehouse: Warehouse, file: Path
) -> None:
    for name in ("../shop.db", "/etc/passwd", "", ".hidden", "a/b.db"):
        with pytest.raises(BadFlow):
            connect(member, warehouse, name)
    elsewhere = file.parent.parent / outsider.organisation_id.hex
    elsewhere.mkdir(exist_ok=True)
    (file.parent / "link.db").unlink(missing_ok=True)
    (file.parent / "link.db").symlink_to(file)
    for name in ("missing.db", "link.db"):
        with pytest.raises(SourceUnavailable) as caught:
            services.discover(member, connect(member, warehouse, name).id)
        assert str(file.parent) in caught.value.hint
    (file.parent / "link.db").unlink()


def test_a_file_of_another_kind_is_told(member: Principal, warehouse: Warehouse, file: Path) -> None:
    file.write_bytes(b"hello, I am a text" * 100)
    with pytest.raises(SourceDamaged, match="isn't a SQLite"):
        services.discover(member, connect(member, warehouse).id)
