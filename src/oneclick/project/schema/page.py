"""`docs/reference/data-model.md`: every table with its columns, relations, indexes and life cycle."""

from collections.abc import Sequence
from itertools import groupby

from oneclick.project.schema.served import INDEXES, LIVES
from oneclick.project.schema.tables import Column, Index, Table, references
from oneclick.provisioning.states import LEGAL

ALT = "The tables as boxes with their keys; lines lead from each foreign key to the table that it refers to."
_INTRODUCTION = f"""\
<!-- data-model.md is written by `make schema`. Change the models, not this page. -->

# Data model

Our own metadata, in one PostgreSQL database: what organisations there are, what they asked for, what exists outside
because of it, and who did what. Your data is never in here: it is in the warehouses.
The same in SQL: {{download}}`schema.sql`. What the words mean: the [glossary](glossary.md).

Every table belongs to an organisation, by itself or through what it refers to, and is always read inside one. Keys are
UUIDs of version 7, made by us: they sort by the time they were made, which is why lists are ordered and paged by them.

```{{image}} ../images/data-model-light.svg
:alt: {ALT}
:class: only-light
```
```{{image}} ../images/data-model-dark.svg
:alt: {ALT}
:class: only-dark
```

A dot marks the primary key. A dashed line is optional. A key with an arrow and no line leads to a table further left.
Tables without lines stand for themselves: the audit log holds no foreign keys, because it outlives what it speaks of.

The job queue's tables (`procrastinate_*`) belong to its library: they carry wake-ups alone, and losing one loses no
job."""


def page(tables: Sequence[Table]) -> str:
    """The whole page."""
    back = references(tables)
    parts = [_INTRODUCTION]
    for (app, title), its_tables in groupby(tables, key=lambda table: (table.app, table.app_title)):
        parts.append(f"## {app}\n\n{title}.")
        parts += [_table(table, back[table.name]) for table in its_tables]
    return "\n\n".join(parts) + "\n"


def _table(table: Table, referred_by: Sequence[str]) -> str:
    parts = [f"### {table.model}", f"Table `{table.name}`. {table.doc}", _columns(table.columns)]
    if life := _life(table):
        parts.append(f"**Life.**\n\n{life}")
    if indexes := _indexes(table.indexes):
        parts.append(indexes)
    if referred_by:
        parts.append("Referred to by " + ", ".join(f"`{name}`" for name in referred_by) + ".")
    return "\n\n".join(parts)


def _columns(columns: Sequence[Column]) -> str:
    rows = [f"| `{column.name}` | {column.type} | {_remark(column)} |" for column in columns]
    return "\n".join(["| Column | Type | |", "|---|---|---|", *rows])


def _remark(column: Column) -> str:
    said = []
    if column.is_key:
        said.append("primary key")
    if column.refers_to:
        said.append(f"→ `{column.refers_to}`, on delete: {column.on_delete}")
    if column.choices:
        said.append("one of " + ", ".join(f"`{choice}`" for choice in column.choices))
    if column.is_optional:
        said.append("may be empty")
    return " · ".join(said)


def _indexes(indexes: Sequence[Index]) -> str:
    rows = []
    for index in indexes:
        if index.kind in ("index", "unique") and index.name in INDEXES:
            condition = f" where {_readable(index.rule)}" if index.rule else ""
            rows.append(f"| `{index.covers}`{condition} | {index.kind} | {INDEXES[index.name]} |")
    if not rows:
        return ""
    return "\n".join(["| Index on | Kind | Serves |", "|---|---|---|", *rows])


def _readable(rule: str) -> str:
    """PostgreSQL's own spelling without outer brackets."""
    return "`" + rule.removeprefix("(").removesuffix(")") + "`"


def _life(table: Table) -> str:
    if table.model != "ProvisioningJob":
        return LIVES.get(table.model, "")
    rows = []
    for state, following in LEGAL.items():
        after = ", ".join(f"`{each.value}`" for each in sorted(following)) or "nothing: it has ended"
        rows.append(f"| `{state.value}` ({state.label}) | {after} |")
    return "\n".join(["| A job that is | can become |", "|---|---|", *rows])
