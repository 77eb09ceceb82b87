"""`oneclick query SQL`."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from oneclick.cli import output
from oneclick.cli.errors import OutputProblem
from oneclick.cli.frame import Command
from oneclick.cli.operator import operator, organisation_option
from oneclick.cli.output import json_option

if TYPE_CHECKING:
    from oneclick.accounts.roles import Principal
    from oneclick.queries.services import Query

FORMATS = ("table", "csv", "json", "parquet", "arrow")
FORMAT_OF_ENDING = {".csv": "csv", ".json": "json", ".parquet": "parquet", ".arrow": "arrow", ".arrows": "arrow"}
DEFAULT_ROWS = 1_000
_NUMBERS = ("INT", "DECIMAL", "DOUBLE", "FLOAT")


@click.command(cls=Command)
@click.argument("sql")
@click.option("--warehouse", default="", metavar="NAME", help="Which one, where there are several.")
@click.option(
    "--limit", type=click.IntRange(min=0), default=DEFAULT_ROWS, show_default=True, help="How many rows; 0 for all."
)
@click.option("--timeout", type=float, metavar="SECONDS", help="Stop it after that time.  [default: the longest]")
@click.option("--format", "wanted", type=click.Choice(FORMATS), help="How to print.  [default: by the file's ending]")
@click.option("--output", "file", type=click.Path(path_type=Path), help="Write to this file.")
@organisation_option
@json_option
def query(
    sql: str, *, warehouse: str, limit: int, timeout: float | None, wanted: str | None, file: Path | None,
    organisation: str, as_json: bool,
) -> None:  # fmt: skip
    """Run one read-only SQL statement on a warehouse. SQL may be - to read it from standard input.

    Ctrl-C stops it.
    """
    shape = _shape(wanted, file, as_json=as_json)
    text = sys.stdin.read() if sql == "-" else sql
    principal = operator(organisation)
    from oneclick.queries import services

    found = services.start(
        principal, warehouse or _only_warehouse(principal), text, limit=limit or None, timeout_s=timeout
    )
    with found:
        _show_table(found) if shape == "table" else _write(found, shape, file)
    if found.outcome.is_truncated:
        output.note(
            f"There are more than these {found.outcome.rows:,} rows. See more with --limit, all with --limit 0."
        )
    if file is not None:
        output.note(f"Wrote {found.outcome.rows:,} rows to {file} in {output.duration(found.outcome.seconds)}.")


def _shape(wanted: str | None, file: Path | None, *, as_json: bool) -> str:
    shape = wanted or ("json" if as_json else "")
    if not shape and file is not None:
        shape = FORMAT_OF_ENDING.get(file.suffix.lower(), "")
        if not shape:
            raise click.UsageError(f"The ending of {file} says no format; add --format.")
    shape = shape or "table"
    if shape == "table" and file is not None:
        raise click.UsageError("A table is for the screen; choose --format csv, json, parquet or arrow.")
    if shape in ("parquet", "arrow") and file is None and sys.stdout.isatty():
        raise click.UsageError(f"{shape.capitalize()} isn't readable on a screen; add --output FILE.")
    return shape


def _only_warehouse(principal: "Principal") -> str:
    from oneclick.warehouses import queries

    return str(queries.only_warehouse(principal.organisation_id).id)


def _show_table(found: "Query") -> None:
    from oneclick.queries import outputs

    names, types = list(found.schema.names), outputs.type_names(found.schema)
    columns = outputs.unique(names)
    rows = [["NULL" if cell is None else cell for cell in row] for row in outputs.text_rows(found)]
    numbers = [name for name, kind in zip(columns, types, strict=True) if kind.startswith(_NUMBERS) or "INT" in kind]
    output.table(columns, rows, right=numbers, empty="No rows.")
    if rows:
        noun = "row" if len(rows) == 1 else "rows"
        output.note(f"{len(rows):,} {noun} in {output.duration(found.outcome.seconds)}")


def _write(found: "Query", shape: str, file: Path | None) -> None:
    from oneclick.queries import outputs

    found.schema  # noqa: B018 - a wrong statement must not leave an empty file
    with _target(file) as stream:
        if shape == "csv":
            outputs.write_lines(outputs.csv_lines(found), stream)
        elif shape == "json":
            outputs.write_lines(outputs.json_array(found), stream)
        elif shape == "arrow":
            outputs.write_arrow(found, stream)
        else:
            outputs.write_parquet(found, stream)


@contextlib.contextmanager
def _target(file: Path | None) -> Iterator[IO[bytes]]:
    """Standard output, or a file that appears once it is complete."""
    if file is None:
        yield sys.stdout.buffer
        return
    draft = file.with_name(f".{file.name}.part")
    try:
        with draft.open("wb") as stream:
            yield stream
        draft.replace(file)
    except OSError as exc:
        raise OutputProblem(f"{file} can't be written: {exc.strerror or exc}.") from exc
    finally:
        draft.unlink(missing_ok=True)
