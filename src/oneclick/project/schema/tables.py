"""Our tables as plain values: what page and diagram are made from."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models

OURS = "oneclick."


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column. `refers_to` is the table of a foreign key."""

    name: str
    type: str
    is_key: bool
    is_optional: bool
    refers_to: str = ""
    on_delete: str = ""
    choices: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Index:
    """One index. `covers` are columns or expressions; `rule` is a partial index's condition."""

    name: str
    kind: str
    covers: str
    rule: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table with its model."""

    app: str
    app_title: str
    model: str
    name: str
    doc: str
    columns: Sequence[Column]
    indexes: Sequence[Index]


def tables() -> Sequence[Table]:
    """All of ours, in the order in which the floors of the house depend on each other, lowest first."""
    return [
        _table(model, config.label, _first_line(config.module.__doc__))
        for config in apps.get_app_configs()
        if config.name.startswith(OURS)
        for model in config.get_models()
    ]


def _table(model: type[models.Model], app: str, app_title: str) -> Table:
    meta = model._meta  # noqa: SLF001 - Django's public name for it
    indexes = _indexes(meta.db_table)
    keys = next(index.covers for index in indexes if index.kind == "primary key").split(", ")
    return Table(
        app=app,
        app_title=app_title,
        model=model.__name__,
        name=meta.db_table,
        doc=_unindented(model.__doc__ or ""),
        columns=[_column(field, name, name in keys) for field in meta.concrete_fields if (name := field.column)],
        indexes=indexes,
    )


def _column(field: "models.Field[Any, Any]", name: str, is_key: bool) -> Column:
    target, on_delete = "", ""
    if isinstance(field, models.ForeignKey):
        target = field.remote_field.model._meta.db_table  # noqa: SLF001 - as above
        on_delete = getattr(field.remote_field.on_delete, "__name__", "").lower().replace("_", " ")
    return Column(
        name=name,
        type=re.sub(r"varchar\((\d+)\)", r"text up to \1", field.db_type(connection) or ""),
        is_key=is_key,
        is_optional=field.null,
        refers_to=target,
        on_delete=on_delete,
        choices=[str(value) for value, _ in field.flatchoices],
    )


def _indexes(table: str) -> list[Index]:
    """As the database has them: of models and of migrations written by hand alike."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.relname, CASE WHEN x.indisprimary THEN 'primary key' WHEN x.indisunique THEN 'unique' "
            "ELSE 'index' END, pg_get_indexdef(x.indexrelid), coalesce(pg_get_expr(x.indpred, x.indrelid), '') "
            "FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = %s::regclass "
            "ORDER BY x.indisprimary DESC, x.indisunique DESC, i.relname",
            [table],
        )
        return [
            Index(name=name, kind=kind, covers=_covers(definition), rule=_plain(rule))
            for name, kind, definition, rule in cursor.fetchall()
            # Django adds one for LIKE beside each unique text column; it says nothing new.
            if not name.endswith("_like")
        ]


def _covers(definition: str) -> str:
    inside = definition.split(" USING btree (", 1)[1].split(" WHERE ", maxsplit=1)[0].removesuffix(")")
    return _plain(inside)


def _plain(expression: str) -> str:
    """PostgreSQL's spelling of an expression without casts and without brackets around a single name."""
    uncast = re.sub(r"::[a-z]+( varying| with time zone)?(\[\])?", "", expression)
    return re.sub(r"(?<!\w)\((\w+|ARRAY\[[^\]]*\])\)", r"\1", re.sub(r"\(\((\w+)\)\)", r"(\1)", uncast))


def _first_line(doc: str | None) -> str:
    return (doc or "").strip().split("\n")[0].rstrip(".")


def _unindented(doc: str) -> str:
    lines = doc.strip().splitlines()
    return "\n".join(line.strip() for line in lines)


def references(found: Sequence[Table]) -> Mapping[str, Sequence[str]]:
    """Table → the tables that refer to it."""
    return {
        table.name: sorted(
            {other.name for other in found for column in other.columns if column.refers_to == table.name}
        )
        for table in found
    }
