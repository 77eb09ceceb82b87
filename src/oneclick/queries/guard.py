"""Decides whether a text is one statement that reads, and reads nothing but the warehouse's own tables.

DuckDB's own parser turns the text into a tree (`json_serialize_sql` takes nothing but SELECT); every node of the tree
must be of a kind that we know, every function and table on our lists. What isn't known is refused. This is the first
of two walls: the session that the query then runs in is locked, read-only, and holds that warehouse's credential
alone. It needs to be a wall of its own, because DuckDB's lock doesn't hold back the scanners of foreign databases.

The tree is DuckDB's reading of the text. A warehouse of another kind reads the text by its own rules: there, the
login that can only read is what holds.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from oneclick.queries.errors import ForbiddenFunction, ForbiddenTable, NotARead, QueryTooComplex
from oneclick.queries.functions import TABLE_FUNCTIONS, engine, scalar_functions

MAX_LENGTH = 100_000

EXPRESSIONS = frozenset(
    {
        "BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "DEFAULT",
        "FUNCTION", "LAMBDA", "LAMBDA_REF", "OPERATOR", "POSITIONAL_REFERENCE", "STAR", "SUBQUERY", "TYPE", "WINDOW",
    }
)  # fmt: skip
NODES = frozenset(
    {
        "SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE",
        "BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY", "PIVOT", "SHOW_REF",
        "ORDER_MODIFIER", "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "DISTINCT_MODIFIER",
        "ORDER_DEFAULT", "ASCENDING", "DESCENDING",
    }
)  # fmt: skip
SHOWN = frozenset({'"tables"', "__show_tables_expanded"})

FILE_ENDINGS = frozenset(
    """
    parquet csv tsv txt json jsonl ndjson gz zst bz2 xz zip xlsx xls avro arrow arrows feather ipc orc db duckdb ddb
    sqlite sqlite3 ducklake delta iceberg geojson shp gpkg vortex lance
    """.split()  # noqa: SIM905 - a list of words is read and extended as words
)
_FILE_SIGNS = re.compile(r"[/\\*?\[\]{}:<>|\x00-\x1f]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_EXPLAIN = re.compile(r"\s*explain\s+(analyze\s+)?", re.IGNORECASE)
_SYSTEM_TABLE = re.compile(r"(pg|duckdb|sqlite|pragma|ducklake|stl|stv|svv|svl|svcs)_.*")


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A text that has passed."""

    sql: str
    is_explain: bool = False

    def limited_to(self, rows: int) -> str:
        """The same rows, `rows` of them at most: so that the engine doesn't compute what nobody asks for."""
        if self.is_explain:
            return self.sql
        limited = f"SELECT * FROM (\n{self.sql.strip().rstrip(';')}\n) AS asked LIMIT {rows:d}"
        try:
            check(limited)
        except NotARead:  # a comment after the semicolon
            return self.sql
        return limited


def check(sql: str) -> Statement:
    """One read-only statement on the warehouse's tables; otherwise raises a `QueryError` that says why."""
    if len(sql) > MAX_LENGTH:
        raise QueryTooComplex(f"The query has {len(sql):,} characters; {MAX_LENGTH:,} is the most.")
    if _CONTROL.search(sql):
        raise NotARead("The query contains control characters, which no statement needs.", hint="Remove them.")
    explain = _EXPLAIN.match(sql)
    tree = _parse(sql[explain.end() :] if explain else sql)
    for node in _nodes(tree):
        _check_node(node)
    return Statement(sql=sql, is_explain=explain is not None)


def _parse(sql: str) -> Mapping[str, Any]:
    serialised = "SELECT json_serialize_sql(?, skip_default := true, skip_null := true, skip_empty := true)"
    with engine().cursor() as cursor:
        row = cursor.execute(serialised, [sql]).fetchone()
    try:
        answer = json.loads(row[0] if row else "{}")
    except RecursionError:
        raise QueryTooComplex("The query is too deeply nested to be checked.") from None
    if answer.get("error"):
        _refuse_unparsed(answer)
    statements = answer.get("statements", [])
    if not statements:
        raise NotARead("There is no statement in the text.")
    if len(statements) > 1:
        raise NotARead(f"The text holds {len(statements)} statements; a query is one.", hint="Run them one by one.")
    found: Mapping[str, Any] = statements[0]
    return found


def _refuse_unparsed(answer: Mapping[str, Any]) -> None:
    message = str(answer.get("error_message", ""))
    if answer.get("error_type") == "parser" and answer.get("error_subtype") == "SYNTAX_ERROR":
        position = answer.get("position", "?")
        raise NotARead(f"The query can't be understood: {message} (character {position}).")
    if "depth" in message or "memory exhausted" in message:
        raise QueryTooComplex("The query is too deeply nested to be checked.")
    if answer.get("error_type") == "not implemented":
        raise NotARead("The statement isn't a SELECT: queries read and change nothing.")
    raise NotARead(f"The query can't be understood: {message}")


def _nodes(tree: Any) -> Iterator[Mapping[str, Any]]:
    waiting = [tree]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            yield found
            waiting.extend(found.values())
        elif isinstance(found, list):
            waiting.extend(found)


def _check_node(node: Mapping[str, Any]) -> None:
    kind = node.get("type")
    if "class" in node:
        if node["class"] not in EXPRESSIONS:
            _refuse_kind(str(node["class"]))
    elif isinstance(kind, str) and kind not in NODES and not kind.endswith("_TYPE_INFO"):
        _refuse_kind(kind)
    if kind == "TABLE_FUNCTION":
        _check_table_function(node)
    elif kind == "BASE_TABLE":
        _check_table(node)
    elif kind == "SHOW_REF" and "query" not in node and node.get("table_name") not in SHOWN:
        _refuse_shown(node)
    if "function_name" in node:
        _check_function(node)


def _refuse_kind(kind: str) -> None:
    if kind == "PARAMETER":
        raise NotARead("The query has a parameter ($1 or ?) without a value.", hint="Write the value itself.")
    raise NotARead(f"The query has a part that we don't know how to check ({kind.replace('_', ' ').lower()}).")


def _refuse_shown(node: Mapping[str, Any]) -> None:
    raise ForbiddenTable(
        f"A query can't show {str(node.get('table_name', '')).strip(chr(34))}.",
        hint="SHOW TABLES, SHOW ALL TABLES, DESCRIBE table and SUMMARIZE table are possible.",
    )


def _check_table_function(node: Mapping[str, Any]) -> None:
    function = node.get("function", {})
    name = str(function.get("function_name", ""))
    if name.lower() not in TABLE_FUNCTIONS or function.get("schema") or function.get("catalog"):
        raise ForbiddenFunction(
            f"A query can't read from {name}(): only the warehouse's own tables and "
            f"{', '.join(f'{known}()' for known in sorted(TABLE_FUNCTIONS))} may stand after FROM."
        )


def _check_function(node: Mapping[str, Any]) -> None:
    name = str(node["function_name"])
    if str(node.get("schema") or "main").lower() != "main" or node.get("catalog"):
        raise ForbiddenFunction(
            f"The query calls {name}() of the schema {node.get('schema')!r}; only built-in functions are allowed.",
            hint=f"Write the built-in function alone, as in {name}(column).",
        )
    if name.lower() not in scalar_functions() and name.lower() not in TABLE_FUNCTIONS:
        raise ForbiddenFunction(f"The function {name}() isn't one of those that a query may call.")


def _check_table(node: Mapping[str, Any]) -> None:
    parts = [str(node[key]) for key in ("catalog_name", "schema_name", "table_name") if node.get(key)]
    whole = ".".join(parts)
    ending = whole.rpartition(".")[2].lower() if "." in whole else ""
    if ending in FILE_ENDINGS or any(_FILE_SIGNS.search(part) for part in parts):
        raise ForbiddenTable(f"{whole!r} looks like a file; queries read the warehouse's tables alone.")
    if (parts and _SYSTEM_TABLE.fullmatch(parts[-1].lower())) or any(part.startswith("__") for part in parts):
        raise ForbiddenTable(
            f"{whole!r} belongs to the database system itself.",
            hint="To see what there is, read information_schema.tables or information_schema.columns.",
        )
