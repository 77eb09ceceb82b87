"""MySQL and MariaDB as a source, on a real MariaDB."""

import datetime as dt
import shutil
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from oneclick.accounts.roles import Principal
from oneclick.core.secrets import SecretText
from oneclick.outbound.destinations import parse
from oneclick.pipelines import services
from oneclick.pipelines.contract.errors import SourceRefused, SourceUnavailable
from oneclick.pipelines.models import DataFlow, RunState
from oneclick.warehouses.contract.descriptions import CheckResult
from oneclick.warehouses.models import Warehouse
from tests.installations import new_home
from tests.pipelines import mariadb
from tests.pipelines.conftest import Rows
from tests.pipelines.mariadb import PASSWORD, MariaDB
from tests.pipelines.sources import update

pytestmark = pytest.mark.django_db(transaction=True)

TYPES = """
CREATE TABLE everything (
    id bigint unsigned PRIMARY KEY, tiny tinyint, yes tinyint(1), exact decimal(20,5), real_ double, text_ varchar(20),
    empty varchar(20), raw blob, doc json, mood enum('calm','keen'), moment datetime(6), day date, span time(6),
    uid uuid, fixed binary(3), updated_at timestamp(6) NOT NULL DEFAULT current_timestamp(6));
SET time_zone = '+02:00';
INSERT INTO everything VALUES (18446744073709551615, -1, 1, 123456789012345.12345, 0.1, 'ä🐘', '', x'00ff',
    '{"a": [1]}', 'keen', '2024-02-29 12:00:00.000001', '2024-02-29', '838:59:59',
    '6f1f9d4c-0b5c-4e8e-9b1a-0c0f3f1d2e3a', x'010203',
    '2024-02-29 14:00:00.000001');
INSERT INTO everything (id, day, moment, updated_at)
    VALUES (2, '0000-00-00', '0000-00-00 00:00:00', '2024-02-29 14:00:00');
"""
SHOP = """
CREATE TABLE orders (id bigint PRIMARY KEY, total decimal(12,2), updated_at timestamp(6) NOT NULL
    DEFAULT current_timestamp(6), KEY (updated_at));
INSERT INTO orders SELECT seq, seq * 1.5, '2024-01-01' + INTERVAL seq SECOND FROM seq_1_to_2000;
"""


@pytest.fixture(scope="module")
def server() -> Iterator[MariaDB]:
    if why := mariadb.find():
        pytest.skip(why)
    made = MariaDB(home=new_home("mariadb"))
    made.start()
    yield made
    made.stop()
    shutil.rmtree(made.home, ignore_errors=True)


@pytest.fixture
def database(server: MariaDB, settings: Any) -> MariaDB:
    settings.ONECLICK_OUTBOUND_ALLOW = [parse(f"127.0.0.1:{server.port}"), parse("127.0.0.1:1")]
    server.make_database()
    return server


@pytest.fixture
def draft(member: Principal, warehouse: Warehouse, database: MariaDB) -> DataFlow:
    return services.connect(
        member, template_key="database_clone", warehouse=warehouse.id, config=database.config(),
        given={"password": SecretText(PASSWORD)},
    )  # fmt: skip


def whole(member: Principal, draft: DataFlow) -> DataFlow:
    services.choose(member, draft.id, services.suggest(services.discover(member, draft.id)))
    return services.schedule(member, draft.id, kind="manual")


def test_values_and_types_are_kept(member: Principal, draft: DataFlow, database: MariaDB, rows_in: Rows) -> None:
    database.execute(TYPES)
    run = update(member, whole(member, draft))
    assert run.state == RunState.DONE, run.error_message
    ((row,),) = rows_in("(SELECT e AS row FROM raw.everything e WHERE id > 2)", "row")
    moment = dt.datetime(2024, 2, 29, 12, 0, 0, 1)  # noqa: DTZ001 - a datetime without time zone
    assert row | {"updated_at": None} == {
        "id": 2**64 - 1, "tiny": -1, "yes": True, "exact": Decimal("123456789012345.12345"), "real_": 0.1,
        "text_": "ä🐘", "empty": "", "raw": b"\x00\xff", "doc": '{"a": [1]}', "mood": "keen", "moment": moment,
        "day": dt.date(2024, 2, 29), "span": "838:59:59", "uid": row["uid"], "fixed": b"\x01\x02\x03",
        "updated_at": None,
    }  # fmt: skip
    assert rows_in(
        "(FROM raw.everything WHERE id > 2)", "updated_at = '2024-02-29 12:00:00.000001+00', uid::VARCHAR"
    ) == [(True, "6f1f9d4c-0b5c-4e8e-9b1a-0c0f3f1d2e3a")]
    assert rows_in("(FROM raw.everything WHERE id = 2)", "day, moment, empty") == [(None, None, None)]


def test_what_changed_comes_and_what_is_gone_is_marked(
    member: Principal, draft: DataFlow, database: MariaDB, rows_in: Rows
) -> None:
    database.execute(SHOP)
    flow = whole(member, draft)
    assert update(member, flow).rows == 2000
    database.execute(
        "UPDATE orders SET total = 0, updated_at = now(6) WHERE id <= 10; DELETE FROM orders WHERE id > 1990"
    )
    changed = update(member, flow)
    assert changed.state == RunState.DONE, changed.error_message
    assert (changed.rows or 0) < 700
    assert rows_in("raw.orders", "count(*), count(_deleted_at), count(*) FILTER (total = 0)") == [(2000, 10, 10)]


def test_names_of_any_kind_are_kept(member: Principal, draft: DataFlow, database: MariaDB, rows_in: Rows) -> None:
    database.execute("CREATE TABLE `We \"ird` (`select` int PRIMARY KEY, `a b` int, `x'y` int, `Ünï` int)")
    database.execute('INSERT INTO `We "ird` VALUES (1, 2, 3, 4)')
    run = update(member, whole(member, draft))
    assert run.state == RunState.DONE, run.error_message
    assert rows_in("raw.we_ird", '"select", "a b", "x\'y", "Ünï"') == [(1, 2, 3, 4)]


def test_a_table_that_is_gone_is_told(member: Principal, draft: DataFlow, database: MariaDB) -> None:
    database.execute(SHOP)
    flow = whole(member, draft)
    database.execute("DROP TABLE orders")
    run = update(member, flow)
    assert (run.state, run.error_code) == (RunState.FAILED, "source_changed")


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"user": "nobody"}, SourceRefused, "nobody or the password isn't right"),
        ({"database": "nowhere"}, SourceRefused, "no database nowhere"),
        ({"tls": "require"}, SourceRefused, "no TLS"),
        ({"port": "1"}, SourceUnavailable, "doesn't answer"),
    ],
)
def test_what_is_wrong_is_told(
    member: Principal, draft: DataFlow, *, change: dict[str, str], code: type[Exception], words: str
) -> None:
    services.reconnect(member, draft.id, config=draft.config | change, given={})
    failed = [check for check in services.check(member, draft.id) if check.result is CheckResult.FAILED]
    assert words in failed[0].title
    with pytest.raises(code) as caught:
        services.discover(member, draft.id)
    assert "canary" not in str(caught.value) + repr(caught.value.__cause__)


def test_all_is_well(member: Principal, draft: DataFlow, database: MariaDB) -> None:
    database.execute(SHOP)
    titles = [check.title for check in services.check(member, draft.id)]
    assert titles[-1] == "reader can read 1 table"
