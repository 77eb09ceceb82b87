"""A connector's catalog as streams: columns by JSON schema, keys and cursors, and how a stream is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from oneclick.pipelines.concerns import concern
from oneclick.pipelines.contract.sources import Column, Mode, Stream, Wanted
from oneclick.pipelines.templates.file_import.naming import column_names

OWN_CURSOR = "(the connector's own)"
"""In place of a column, where the connector knows by itself what is new and doesn't tell by what."""
TEXT, JSON = "VARCHAR", "JSON"
_INCREMENTAL = "incremental"

_PLAIN: Final = {
    "boolean": "BOOLEAN",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "string": TEXT,
    "object": JSON,
    "array": JSON,
}
_OF_STRINGS: Final = {
    "date": "DATE", "date-time": "TIMESTAMP WITH TIME ZONE", "timestamp_with_timezone": "TIMESTAMP WITH TIME ZONE",
    "timestamp_without_timezone": "TIMESTAMP", "time_without_timezone": "TIME", "big_integer": "DECIMAL(38,0)",
}  # fmt: skip
"""By `airbyte_type`, else by `format`
(https://docs.airbyte.com/platform/understanding-airbyte/supported-data-types).
"""
CURSOR_TYPES = ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP", "DATE", "BIGINT")


@dataclass(frozen=True, kw_only=True)
class ConnectorStream:
    """One stream as the connector tells of it. `properties` are the fields' own names, in the order of the columns."""

    raw: Mapping[str, Any]
    properties: tuple[str, ...]
    stream: Stream

    @property
    def is_incremental(self) -> bool:
        """Whether it can go on from where it was."""
        return _INCREMENTAL in self.raw.get("supported_sync_modes", ())

    def configured(self, wanted: Wanted) -> Mapping[str, Any]:
        """A catalog that asks for this stream alone."""
        property_of = dict(zip((column.name for column in self.stream.columns), self.properties, strict=True))
        default = list(self.raw.get("default_cursor_field") or ())
        chosen = property_of.get(wanted.cursor)
        is_full = wanted.mode is Mode.FULL
        return {
            "streams": [
                {
                    "stream": dict(self.raw),
                    "sync_mode": "full_refresh" if is_full else _INCREMENTAL,
                    "destination_sync_mode": _DESTINATION[wanted.mode],
                    "cursor_field": [chosen] if chosen and chosen != ".".join(default) else default,
                    "primary_key": [[property_of[name]] for name in wanted.key],
                }
            ]
        }


_DESTINATION: Final = {Mode.FULL: "overwrite", Mode.DELTA: "append_dedup", Mode.APPEND: "append"}


def connector_streams(catalog: Sequence[Mapping[str, Any]]) -> Mapping[str, ConnectorStream]:
    """The streams by their names, with the namespace before it where there is one."""
    found = [_stream(raw) for raw in catalog]
    return {each.stream.name: each for each in found}


def stream_name(name: str, namespace: str | None) -> str:
    """How we call a stream of that name and namespace."""
    return f"{namespace}.{name}" if namespace else name


def _stream(raw: Mapping[str, Any]) -> ConnectorStream:
    schemas: Mapping[str, Any] = raw.get("json_schema", {}).get("properties") or {}
    properties = tuple(schemas)
    names = column_names(properties)
    name_of = dict(zip(properties, names, strict=True))
    columns = tuple(
        Column(name=name, type=duckdb_type(schemas[key]), source_type=_said(schemas[key]), concern=concern(name))
        for key, name in name_of.items()
    )
    stream = Stream(
        name=stream_name(str(raw["name"]), raw.get("namespace")), columns=columns, key=_key(raw, name_of),
        cursors=_cursors(raw, name_of, columns), has_own_state=True,
    )  # fmt: skip
    return ConnectorStream(raw=raw, properties=properties, stream=stream)


def _key(raw: Mapping[str, Any], name_of: Mapping[str, str]) -> tuple[str, ...]:
    """The key's columns; none where a part of it lies within another value."""
    paths = raw.get("source_defined_primary_key") or ()
    if any(len(path) != 1 or path[0] not in name_of for path in paths):
        return ()
    return tuple(name_of[path[0]] for path in paths)


def _cursors(raw: Mapping[str, Any], name_of: Mapping[str, str], columns: Sequence[Column]) -> tuple[str, ...]:
    """What tells what is new. Where the connector has decided that, there is no other choice."""
    if _INCREMENTAL not in raw.get("supported_sync_modes", ()):
        return ()
    default = list(raw.get("default_cursor_field") or ())
    first = name_of.get(default[0]) if len(default) == 1 else None
    if raw.get("source_defined_cursor"):
        return (first or OWN_CURSOR,)
    others = sorted(
        (column for column in columns if column.type in CURSOR_TYPES),
        key=lambda column: CURSOR_TYPES.index(column.type),
    )
    return tuple(dict.fromkeys([*([first] if first else []), *(column.name for column in others)]))


def duckdb_type(schema: Any) -> str:
    """The type that takes all that the schema lets through; text or JSON where nothing narrower does."""
    kinds = _kinds(schema)
    if not kinds:
        return JSON if schema and isinstance(schema, Mapping) and "type" not in schema else TEXT
    if len(kinds) == 1:
        return next(iter(kinds))
    if kinds == {"BIGINT", "DOUBLE"}:
        return "DOUBLE"
    return JSON if JSON in kinds else TEXT


def _kinds(schema: Any) -> set[str]:
    if not isinstance(schema, Mapping):
        return set()
    found: set[str] = set()
    for part in (*(schema.get("oneOf") or ()), *(schema.get("anyOf") or ())):
        found |= _kinds(part)
    said = schema.get("type")
    for kind in [said] if isinstance(said, str) else said or ():
        special = _OF_STRINGS.get(str(schema.get("airbyte_type"))) or _OF_STRINGS.get(str(schema.get("format")))
        if kind == "string":
            found.add(special or TEXT)
        elif kind == "integer" and schema.get("airbyte_type") == "big_integer":
            found.add("DECIMAL(38,0)")
        elif kind == "number" and schema.get("airbyte_type") == "integer":
            found.add("BIGINT")
        elif kind in _PLAIN:
            found.add(_PLAIN[kind])
    return found


def _said(schema: Any) -> str:
    """The type in the connector's words."""
    if not isinstance(schema, Mapping):
        return ""
    said = schema.get("type", "")
    base = said if isinstance(said, str) else " or ".join(each for each in said if each != "null")
    further = schema.get("airbyte_type") or schema.get("format")
    return f"{base} ({further})" if further else base
