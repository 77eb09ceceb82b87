"""What the database's own troubles are called."""

import psycopg
import pytest
from django.db import connection, utils
from psycopg import errors
from psycopg_pool import PoolTimeout

from oneclick.project.errors import DatabaseFull, DatabaseNotReady
from oneclick.project.faults import as_fault
from oneclick.provisioning.errors import NameTaken
from oneclick.stack.errors import DatabaseUnreachable


@pytest.mark.parametrize(
    ("raised", "fault"),
    [
        (psycopg.OperationalError("connection refused"), DatabaseUnreachable),
        (PoolTimeout("no connection in time"), DatabaseUnreachable),
        (errors.AdminShutdown(), DatabaseUnreachable),
        (errors.CannotConnectNow(), DatabaseUnreachable),
        (errors.TooManyConnections(), DatabaseUnreachable),
        (errors.InvalidPassword(), DatabaseUnreachable),
        (errors.InvalidCatalogName(), DatabaseUnreachable),
        (errors.UndefinedTable(), DatabaseNotReady),
        (errors.UndefinedColumn(), DatabaseNotReady),
        (errors.DiskFull(), DatabaseFull),
    ],
)
def test_a_fault_has_its_name_through_all_wrappings(raised: Exception, fault: type[Exception]) -> None:
    wrapped = utils.OperationalError("wrapped")
    wrapped.__cause__ = raised

    assert type(as_fault(raised)) is fault
    assert type(as_fault(wrapped)) is fault


@pytest.mark.parametrize(
    "raised",
    [errors.UniqueViolation(), errors.QueryCanceled(), errors.SyntaxError(), ValueError(), psycopg.DataError()],
)
def test_a_bug_is_no_fault(raised: Exception) -> None:
    assert as_fault(raised) is None


def test_what_we_raised_ourselves_stays(db: None) -> None:
    error = NameTaken()

    assert as_fault(error) is error


@pytest.mark.django_db
def test_a_missing_table_is_told_as_it_happens() -> None:
    with pytest.raises(utils.ProgrammingError) as caught, connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM not_migrated_yet")

    assert isinstance(as_fault(caught.value), DatabaseNotReady)
