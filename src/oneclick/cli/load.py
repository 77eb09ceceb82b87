"""`oneclick load FILE`."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oneclick.cli import output
from oneclick.cli.frame import Command
from oneclick.cli.operator import operator, organisation_option
from oneclick.cli.output import json_option

if TYPE_CHECKING:
    from oneclick.pipelines.templates.file_import.preview import Preview
    from oneclick.pipelines.templates.file_import.services import LoadReport

Tell = Callable[[str, float | None], None]


@click.command(cls=Command)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--warehouse", default="", metavar="NAME", help="Which one, where there are several.")
@click.option("--table", default="", metavar="NAME", help="The table.  [default: named after the file]")
@click.option("--schema", default="raw", show_default=True, help="The table's schema.")
@click.option(
    "--mode", type=click.Choice(("replace", "append", "merge")), default="replace", show_default=True,
    help="What happens to the rows that are there.",
)  # fmt: skip
@click.option(
    "--key", multiple=True, metavar="COLUMN", help="A column that identifies a row, to merge by; again for another.",
)  # fmt: skip
@click.option("--sheet", default="", metavar="NAME", help="A spreadsheet's sheet.  [default: the first with cells]")
@click.option("--delimiter", default="", help="What stands between values.  [default: find out]")
@click.option("--header/--no-header", "has_header", default=None, help="Whether the first line holds names.")
@click.option("--encoding", default="", help="Such as utf-8, cp1252, utf-16.  [default: find out]")
@click.option(
    "--decimal", type=click.Choice(("point", "comma")), default=None,
    help="Numbers as in 1,234.50 (point) or 1.234,50 (comma).  [default: find out]",
)  # fmt: skip
@click.option(
    "--dates", type=click.Choice(("day-first", "month-first")), default=None,
    help="Dates as in 31/12/2026 or 12/31/2026.  [default: find out]",
)  # fmt: skip
@click.option(
    "--type", "types", multiple=True, metavar="COLUMN=TYPE",
    help="A column's type, such as amount=DOUBLE; again for another column.  [default: find out]",
)  # fmt: skip
@click.option("--preview", "is_preview", is_flag=True, help="Show what would be loaded, and load nothing.")
@organisation_option
@json_option
def load(
    file: Path, *, warehouse: str, table: str, schema: str, mode: str, delimiter: str, has_header: bool | None,
    encoding: str, types: tuple[str, ...], key: tuple[str, ...], sheet: str, decimal: str | None, dates: str | None,
    is_preview: bool, organisation: str, as_json: bool,
) -> None:  # fmt: skip
    """Load FILE (CSV, TSV, Excel, JSON lines, Parquet; text may be packed with gzip) into a table.

    Types come from all values; one bad value in a hundred doesn't turn a column into text. Rows that don't fit go to
    the table NAME_rejected, with their line and the reason. Until all rows are in, the table stays as it was.
    """
    principal = operator(organisation)
    from oneclick.pipelines.templates.file_import import column_types, styles
    from oneclick.pipelines.templates.file_import.services import load_file, preview_file
    from oneclick.pipelines.templates.file_import.work import Options
    from oneclick.warehouses import queries

    options = Options(
        delimiter=delimiter.encode().decode("unicode_escape") if delimiter.startswith("\\") else delimiter,
        has_header=has_header,
        encoding=encoding,
        sheet=sheet,
        styles=styles.said(decimal=decimal or "", dates=dates or ""),
        types=column_types.parsed(types),
        key=key,
    )
    if is_preview:
        with _progress(file) as tell:
            found = preview_file(file, options=options, on_progress=tell)
        _show_preview(file, found, as_json=as_json)
        return
    target = warehouse or str(queries.only_warehouse(principal.organisation_id).id)
    with _progress(file) as tell:
        report = load_file(
            principal, target, file, table=table, schema=schema, mode=mode, options=options, on_progress=tell
        )
    if as_json:
        from oneclick.pipelines.schemas import LoadAnswer

        output.emit_json(LoadAnswer.of(report).model_dump(mode="json"))
        return
    _show(file, report)


def _show_preview(file: Path, found: "Preview", *, as_json: bool) -> None:
    if as_json:
        from oneclick.pipelines.schemas import PreviewAnswer

        output.emit_json(PreviewAnswer.of(found).model_dump(mode="json"))
        return
    examples = found.sample[0] if found.sample else [None] * len(found.columns)
    output.table(
        ["Column", "Type", "First value", "Don't fit"],
        [
            [each.name, f"{each.type} (could be read in two ways)" if each.is_ambiguous else each.type, example,
             each.misfits or ""]
            for each, example in zip(found.columns, examples, strict=True)
        ],
        right=["Don't fit"], empty="The file has no columns.",
    )  # fmt: skip
    aside = f"; {found.rejected:,} would be set aside" if found.rejected else ""
    output.say(f"{file.name} has {found.rows:,} rows that fit{aside}. Nothing was loaded.")


def _show(file: Path, report: "LoadReport") -> None:
    noun = "row" if report.rows == 1 else "rows"
    output.say(
        f"Loaded {report.rows:,} {noun} of {file.name} into {report.table} in {output.duration(report.seconds)}."
    )
    if report.is_repeat:
        output.note("An earlier load of this file had been cut off after its rows were in; none was doubled.")
    if report.rejected_table is not None:
        example = f'oneclick query "SELECT * FROM {report.rejected_table}"'
        aside = "1 row didn't fit and was" if report.rejected == 1 else f"{report.rejected:,} rows didn't fit and were"
        output.note(f"{aside} set aside. See why: {example}")


@contextlib.contextmanager
def _progress(file: Path) -> Iterator[Tell]:
    """A bar on a terminal, nothing elsewhere."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = output.err_console()
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(),
        console=console, transient=True, disable=not console.is_terminal,
    )  # fmt: skip
    with bar:
        task = bar.add_task(f"Opening {output.clean(file.name)}", total=None)

        def tell(what: str, share: float | None) -> None:
            bar.update(task, description=what, total=None if share is None else 1.0, completed=share or 0.0)

        yield tell
