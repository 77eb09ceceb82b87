"""What somebody with the write login defined must not run in our process."""

from collections.abc import Iterator

import duckdb
import pytest

from oneclick.core.secrets import SecretText
from oneclick.duck import open_duckdb
from oneclick.queries.errors import ForbiddenTable
from oneclick.warehouses.contract.instance import AccessLevel
from tests.lake import Lake
from tests.queries.conftest import Start
from tests.queries.test_runner import rows_of


@pytest.fixture
def owner(one_lake: Lake) -> Iterator[duckdb.DuckDBPyConnection]:
    """The customer, with the write login and a DuckDB of their own."""
    attachment = one_lake.adapter.data_plane(one_lake.access(AccessLevel.WRITE)).duckdb_attach()
    with open_duckdb(home=one_lake.adapter.installation.home, extensions=attachment.extensions) as connection:
        for statement in attachment.statements:
            connection.execute(statement.reveal())
        connection.execute(f"USE {attachment.catalog}")
        yield connection


def test_a_view_of_tables_can_be_read(start_query: Start, owner: duckdb.DuckDBPyConnection) -> None:
    owner.execute("CREATE VIEW busy AS SELECT shop, count(*) AS n FROM raw.orders GROUP BY ALL")
    try:
        assert len(rows_of(start_query("select * from busy"))) == 7
    finally:
        owner.execute("DROP VIEW busy")


@pytest.mark.parametrize(
    ("create", "drop"),
    [
        ("VIEW evil AS SELECT * FROM read_text('/etc/hostname')", "VIEW evil"),
        ("VIEW evil AS SELECT * FROM postgres_scan('{catalog}', 'pg_catalog', 'pg_class')", "VIEW evil"),
        ("VIEW \"x AS SELECT 1 --\" AS SELECT * FROM read_text('/etc/hostname')", 'VIEW "x AS SELECT 1 --"'),
        ("VIEW raw.evil (\"a) AS SELECT 1 --\") AS SELECT content FROM read_text('/etc/hostname')", "VIEW raw.evil"),
        ("MACRO abs(x) AS 'not what you think'", "MACRO abs"),
        ("MACRO duckdb_views() AS TABLE SELECT 1", "MACRO TABLE duckdb_views"),
    ],
)
def test_no_query_runs_beside_a_definition_that_reaches_outside(
    start_query: Start, one_lake: Lake, owner: duckdb.DuckDBPyConnection, create: str, drop: str
) -> None:
    catalog = one_lake.adapter.installation.options["catalog_url"]
    assert isinstance(catalog, SecretText)
    owner.execute(f"CREATE {create.replace('{catalog}', catalog.reveal())}")
    try:
        with pytest.raises(ForbiddenTable, match="no query runs here"):
            rows_of(start_query("select 1"))
    finally:
        owner.execute(f"DROP {drop}")
    assert rows_of(start_query("select 1")) == [(1,)]
