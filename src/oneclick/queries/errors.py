"""Why a query isn't run, or doesn't end well.

::

    QueryError
    ├── NotARead              it isn't one statement that reads
    │   └── QueryTooComplex   it is too long or too deeply nested to be checked
    ├── ForbiddenFunction     it calls a function that isn't on our list
    ├── ForbiddenTable        it names a file, or a table of the database system itself
    ├── QueryNotFound        there is no such query to stop
    ├── TableNotFound        there is no such table to look at
    ├── ColumnNotFound       the table has no such column to look in
    ├── TooManyQueries       the organisation has as many under way as it may
    ├── BadQueryLimit        a row limit or time-out that can't be
    ├── QueryFailed           the warehouse refused it: no such table, a division by zero …
    ├── QueryTimedOut         it ran longer than it may
    ├── QueryOutOfMemory      it needed more memory than it may have
    ├── QueryResultTooLarge   its rows don't fit into one answer
    ├── QueryCancelled        somebody stopped it
    └── RunnerCrashed         the process that ran it ended without an answer
"""

from typing import ClassVar

from oneclick.core.errors import ErrorKind, OneClickError


class QueryError(OneClickError):
    """The query can't be run."""

    code: ClassVar[str] = "query_error"


class NotARead(QueryError):
    """This isn't one statement that only reads."""

    code = "not_a_read"
    hint = "Write one SELECT, or DESCRIBE, SUMMARIZE or SHOW TABLES. To bring in data: oneclick load FILE"


class QueryTooComplex(NotARead):
    """The query is too long or too deeply nested to be checked."""

    code = "query_too_complex"
    hint = "Split it, or store a part of it as a table in the warehouse."


class ForbiddenFunction(QueryError):
    """The query calls a function that isn't allowed here."""

    code = "forbidden_function"
    hint = "Queries read the warehouse's own tables. Bring a file in first: oneclick load FILE."


class ForbiddenTable(QueryError):
    """The query names something that isn't one of the warehouse's tables."""

    code = "forbidden_table"
    hint = "Queries read the warehouse's own tables. Bring a file in first: oneclick load FILE."


class QueryNotFound(QueryError):
    """There is no such query."""

    code = "query_not_found"
    kind = ErrorKind.NOT_FOUND
    hint = "List the queries of your organisation."


class TableNotFound(QueryError):
    """There is no such table."""

    code = "table_not_found"
    kind = ErrorKind.NOT_FOUND
    hint = "List the tables of the warehouse: it may have been renamed or removed."


class ColumnNotFound(QueryError):
    """The table has no such column."""

    code = "column_not_found"
    hint = "Choose one of the table's columns, spelled as they are."


class TooManyQueries(QueryError):
    """Too many queries run at the same time."""

    code = "too_many_queries"
    kind = ErrorKind.BUSY
    hint = "Wait until one has ended, or stop one."


class BadQueryLimit(QueryError):
    """The row limit or the time-out can't be."""

    code = "bad_query_limit"
    hint = "Choose another row limit or time-out."


class QueryFailed(QueryError):
    """The warehouse couldn't answer the query."""

    code = "query_failed"
    hint = "Correct the query. SHOW ALL TABLES lists what there is to read."


class QueryTimedOut(QueryError):
    """The query ran longer than it may."""

    code = "query_timeout"
    hint = "Ask for less at once (fewer rows, a narrower period), or allow more time."


class QueryOutOfMemory(QueryError):
    """The query needed more memory than one query may use."""

    code = "query_out_of_memory"
    hint = "Ask for less at once, or raise ONECLICK_QUERY_MEMORY_MB."


class QueryResultTooLarge(QueryError):
    """The rows don't fit into one answer."""

    code = "query_result_too_large"
    hint = "Ask for fewer rows or columns."


class QueryCancelled(QueryError):
    """The query was stopped."""

    code = "query_cancelled"
    hint = "Start it again when you need it."


class RunnerCrashed(QueryError):
    """The process that ran the query ended without an answer; nothing else was harmed."""

    code = "query_runner_crashed"
    kind = ErrorKind.OUR_FAULT
    hint = "Try again. If it happens again, report the query to whoever looks after this installation."


def by_code() -> dict[str, type[QueryError]]:
    """Every class above by its code."""
    found: dict[str, type[QueryError]] = {}
    waiting: list[type[QueryError]] = [QueryError]
    while waiting:
        kind = waiting.pop()
        found[kind.code] = kind
        waiting.extend(kind.__subclasses__())
    return found
