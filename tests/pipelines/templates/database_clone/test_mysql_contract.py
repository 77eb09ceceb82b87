"""MySQL and MariaDB keep the contract of sources, on a real MariaDB."""

import pytest

from oneclick.pipelines.contract.sources import Settings
from oneclick.pipelines.contract.templates import Template, template
from oneclick.pipelines.testing import SourceHarness, SourceSuite
from tests.pipelines.mariadb import PASSWORD, MariaDB
from tests.pipelines.templates.database_clone.test_mysql import SHOP, database, server
from tests.pipelines.templates.test_contract import NOBODY, answers, nobody

__all__ = ["database", "nobody", "server"]

# In this order: what `nobody` allows comes on top of what `database` does.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("database", "nobody")]


class MysqlHarness(SourceHarness):
    stream = "app.orders"
    key = "id"

    def __init__(self, database: MariaDB) -> None:
        self.database = database
        database.execute(SHOP)

    @property
    def template(self) -> Template:
        return template("database_clone")

    @property
    def settings(self) -> Settings:
        return answers(self.database.config(), password=PASSWORD)

    @property
    def refused(self) -> Settings:
        return answers(self.database.config(), password="canary-that-is-wrong")

    @property
    def unreachable(self) -> Settings:
        return answers({**self.database.config(), "port": str(NOBODY)}, password=PASSWORD)

    def keys(self) -> frozenset[str]:
        return frozenset(self.database.execute("SELECT id FROM orders;").split())

    def add(self, rows: int) -> None:
        self.database.execute(
            "INSERT INTO orders (id, total) "
            f"SELECT last.id + seq, 1 FROM (SELECT max(id) AS id FROM orders) last, seq_1_to_{rows};"
        )

    def change(self) -> str:
        self.database.execute("UPDATE orders SET total = 99, updated_at = current_timestamp(6) WHERE id = 7;")
        return "7"


class TestMysql(SourceSuite):
    @pytest.fixture
    def harness(self, database: MariaDB) -> SourceHarness:
        return MysqlHarness(database)
