"""JSON: one object a line, or one array of objects. Each key of the objects becomes a column.

Numbers, booleans and texts get the type that all of a key's values share; dates are recognised when written the ISO
way; nested values stay JSON, so that a table's columns don't change with what happens to be inside.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from oneclick.duck.quoting import identifier, literal, pattern
from oneclick.pipelines.templates.file_import import inference
from oneclick.pipelines.templates.file_import import keys as keys_of
from oneclick.pipelines.templates.file_import.candidates import CANDIDATES, TEXT, Candidate
from oneclick.pipelines.templates.file_import.dialect import MAX_LINE_BYTES, file_of
from oneclick.pipelines.templates.file_import.errors import FileEmpty
from oneclick.pipelines.templates.file_import.naming import column_names
from oneclick.pipelines.templates.file_import.rejects import COLUMNS, MAX_TEXT

_WHOLE = {"BIGINT", "UBIGINT"}
_DATES = tuple(kind for kind in CANDIDATES if kind.type in ("DATE", "TIMESTAMP", "TIMESTAMPTZ"))
_IS_OBJECT = "(CASE WHEN json_valid(raw) THEN json_type(raw) = 'OBJECT' ELSE false END)"


@dataclass(frozen=True, kw_only=True)
class Found:
    """How to read the file: all rows as they are, and the SELECT that converts the sound ones.

    `lacks_key` is SQL that is true for an object without a value for the key.
    """

    rows: str
    select: str
    lacks_key: str = "false"


def inspect(duck: duckdb.DuckDBPyConnection, source: Path, key: Sequence[str] = ()) -> Found:
    """Look at every value. Objects without a value for a `key` don't fit. Raises `FileEmpty` for a file without any."""
    rows = _rows(source)
    sound = f"(SELECT raw FROM {rows} WHERE {_IS_OBJECT})"
    keys = _keys(duck, sound)
    if not keys:
        raise FileEmpty("The file holds no JSON object.")
    kinds = _kinds(duck, sound, keys)
    columns = column_names(keys)
    values = [_value(each, kind) for each, kind in zip(keys, kinds, strict=True)]
    listed = ", ".join(f"{value} AS {identifier(name)}" for value, name in zip(values, columns, strict=True))
    lacking = [f"{values[columns.index(name)]} IS NULL" for name in keys_of.among(key, columns)]
    lacks_key = f"({' OR '.join(lacking)})" if lacking else "false"
    return Found(rows=rows, select=f"SELECT {listed} FROM {sound} WHERE NOT {lacks_key}", lacks_key=lacks_key)


def write_rejects(duck: duckdb.DuckDBPyConnection, found: Found, folder: Path) -> tuple[Path, int]:
    """What isn't an object or lacks its key, with the number of its line (in an array: of its element)."""
    target = folder / "rejected.parquet"
    reason = (
        f"CASE WHEN NOT json_valid(raw) THEN 'This is not valid JSON.' WHEN {_IS_OBJECT} THEN {literal(keys_of.EMPTY)}"
        " ELSE 'This is JSON but no object.' END"
    )
    duck.execute(
        f"COPY (SELECT {COLUMNS} FROM (SELECT line_number, {reason} AS reason, '' AS column_name,"
        f" raw[:{MAX_TEXT}] AS raw FROM {found.rows} WHERE {_unfit(found)}))"
        f" TO {literal(str(target))} (FORMAT parquet, COMPRESSION zstd)"
    )
    row = duck.execute(f"SELECT count(*) FROM read_parquet({pattern(target)})").fetchone()
    return target, int(row[0]) if row else 0


def count_rejects(duck: duckdb.DuckDBPyConnection, found: Found) -> int:
    """How many rows aren't an object, or lack their key."""
    row = duck.execute(f"SELECT count(*) FROM {found.rows} WHERE {_unfit(found)}").fetchone()
    return int(row[0]) if row else 0


def _unfit(found: Found) -> str:
    return f"CASE WHEN {_IS_OBJECT} THEN {found.lacks_key} ELSE true END"


def _rows(source: Path) -> str:
    """SQL for line_number and raw; blank lines are left out."""
    path = file_of(source)
    if _is_array(source):
        objects = f"read_json_objects({path}, format = 'array', maximum_object_size = {MAX_LINE_BYTES})"
        return f"(SELECT row_number() OVER () AS line_number, json::VARCHAR AS raw FROM {objects})"
    # A delimiter and a quote that no sound JSON holds: each line is one value.
    lines = (
        f"read_csv({path}, auto_detect = false, columns = {{'raw': 'VARCHAR'}}, delim = '\x01', quote = '',"
        f" escape = '', header = false, max_line_size = {MAX_LINE_BYTES}, null_padding = true)"
    )
    return f"(SELECT * FROM (SELECT row_number() OVER () AS line_number, raw FROM {lines}) WHERE trim(raw) <> '')"


def _is_array(source: Path) -> bool:
    import gzip

    with gzip.open(source, "rb") if source.suffix == ".gz" else source.open("rb") as file:
        return file.read(1 << 16).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"[")


def _keys(duck: duckdb.DuckDBPyConnection, sound: str) -> list[str]:
    found = duck.execute(
        "SELECT key FROM (SELECT unnest(keys) AS key, generate_subscripts(keys, 1) AS position"
        f" FROM (SELECT json_keys(raw) AS keys FROM {sound})) GROUP BY key ORDER BY min(position), key"
    ).fetchall()
    return [str(key) for (key,) in found]


def _kinds(duck: duckdb.DuckDBPyConnection, sound: str, keys: Sequence[str]) -> list[Candidate]:
    """The type that all values of each key share."""
    seen = duck.execute(
        "SELECT " + ", ".join(f"list(DISTINCT json_type(raw, {_path(key)}))" for key in keys) + f" FROM {sound}"
    ).fetchone()
    found = [_kind({kind for kind in kinds or () if kind not in (None, "NULL")}) for kinds in seen or ()]
    texts = [(number, key) for number, key in enumerate(keys) if found[number] is TEXT]
    if texts:
        names = ", ".join(f"{_text(key)} AS t{number}" for number, key in texts)
        columns = [f"t{number}" for number, _ in texts]
        refined = inference.infer(duck, f"(SELECT {names} FROM {sound})", columns, among=_DATES, markers=())
        for (number, _), verdict in zip(texts, refined.verdicts, strict=True):
            found[number] = verdict.kind
    return found


def _kind(kinds: set[str]) -> Candidate:
    if kinds == {"BOOLEAN"}:
        return Candidate(type="BOOLEAN", pattern="", convert="CAST({v} AS BOOLEAN)")
    if kinds and kinds <= _WHOLE:
        return Candidate(type="BIGINT", pattern="", convert="CAST({v} AS BIGINT)")
    if kinds and kinds <= _WHOLE | {"DOUBLE"}:
        return Candidate(type="DOUBLE", pattern="", convert="CAST({v} AS DOUBLE)")
    if kinds and kinds <= {"ARRAY", "OBJECT"}:
        return Candidate(type="JSON", pattern="", convert="CAST({v} AS JSON)")
    return TEXT


def _value(key: str, kind: Candidate) -> str:
    return kind.convert.format(v=_text(key))


def _text(key: str) -> str:
    return f"json_extract_string(raw, {_path(key)})"


def _path(key: str) -> str:
    """The key as a JSON pointer (RFC 6901), in which any character can be written."""
    return literal("/" + key.replace("~", "~0").replace("/", "~1"))
