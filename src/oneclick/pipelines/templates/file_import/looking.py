"""What each column of a file is, found by looking at every value: how the file is then read, whatever its format."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from oneclick.duck.quoting import identifier, literal, pattern
from oneclick.pipelines.templates.file_import import (
    column_types,
    dialect,
    inference,
    json_lines,
    keys,
    misfits,
    sheets,
)
from oneclick.pipelines.templates.file_import.candidates import TEXT, Candidate
from oneclick.pipelines.templates.file_import.detect import FileFacts, FileFormat
from oneclick.pipelines.templates.file_import.dialect import Dialect
from oneclick.pipelines.templates.file_import.errors import BadImportOption
from oneclick.pipelines.templates.file_import.inference import Inferred, Verdict
from oneclick.pipelines.templates.file_import.misfits import Judged
from oneclick.pipelines.templates.file_import.naming import column_names
from oneclick.pipelines.templates.file_import.rejects import MAX_TEXT
from oneclick.pipelines.templates.file_import.sheets import Sheet
from oneclick.pipelines.templates.file_import.styles import FIND_OUT, Decimal, Styles
from oneclick.pipelines.templates.file_import.work import Options, Work

_BRING_TYPES = (FileFormat.JSON, FileFormat.PARQUET)


@dataclass(frozen=True, kw_only=True)
class Looked:
    """How a file is read: `select` gives the rows that fit, converted.

    `rows` counts those that were judged; `judged` is None where the format itself says what a column is. Of
    `written` (CSV), `sheet` and `objects` (JSON) one is there, or none (Parquet). `lacking_key` are the rejected rows
    of a Parquet file, in SQL.
    """

    select: str
    rows: int = 0
    judged: Judged | None = None
    styles: Styles = FIND_OUT
    written: Dialect | None = None
    sheet: Sheet | None = None
    objects: json_lines.Found | None = None
    lacking_key: str = ""


def look(work: Work, facts: FileFacts, options: Options) -> Looked:
    """Look at every value. Raises a `FileImportError`."""
    if options.types and facts.format in _BRING_TYPES:
        raise BadImportOption(
            f"A {facts.format.name} file brings its own types.", hint="Load it without types, or save it as CSV."
        )
    if options.sheet and facts.format is not FileFormat.WORKBOOK:
        raise BadImportOption("Only a spreadsheet has sheets.", hint="Load the file without --sheet.")
    match facts.format:
        case FileFormat.PARQUET:
            return _look_at_parquet(work, options)
        case FileFormat.JSON:
            with work.stage("Looking at every value"):
                found = json_lines.inspect(work.duck, work.source, options.key)
            return Looked(select=found.select, objects=found)
        case FileFormat.WORKBOOK:
            return _look_at_sheet(work, options)
        case FileFormat.CSV:
            return _look_at_csv(work, options)


def set_aside(work: Work, looked: Looked, expected: int) -> None:
    """Write the `expected` rows in which a value doesn't fit into the table `misfits.TABLE`."""
    if looked.judged is None:
        return
    if looked.sheet is not None:
        misfits.set_numbered_aside(work.duck, looked.sheet.relation, looked.judged)
    elif looked.written is not None:
        misfits.set_aside(work.duck, work.source, looked.written, looked.judged, expected=expected, limits=work.limits)


def _look_at_csv(work: Work, options: Options) -> Looked:
    dialect.refuse_too_wide(work.source, options.delimiter)
    found = dialect.sniff(work.duck, work.source, delimiter=options.delimiter, has_header=options.has_header)
    key = keys.among(options.key, found.columns)
    names = [identifier(name) for name in found.columns]
    wanted = column_types.by_column(options.types, found.columns, options.styles)
    texts = found.read_csv(work.source, store_rejects=False)
    with work.stage("Looking at every value"):
        inferred = inference.infer(work.duck, texts, names, wanted=wanted, styles=options.styles)
        judged = misfits.with_key(work.duck, texts, Judged(columns=found.columns, verdicts=inferred.verdicts), key)
    rows = found.read_csv(work.source, store_rejects=True)
    return Looked(
        select=_select(judged, rows), rows=inferred.rows, judged=judged, styles=inferred.styles, written=found
    )


def _look_at_sheet(work: Work, options: Options) -> Looked:
    with work.stage("Reading the sheet"):
        sheet = sheets.read(work, wanted=options.sheet, has_header=options.has_header)
    key = keys.among(options.key, sheet.columns)
    with work.stage("Looking at every value"):
        wanted = column_types.by_column(options.types, sheet.columns, options.styles)
        sheet = replace(sheet, spelled=frozenset(sheet.typed & set(wanted)))
        inferred = inference.infer(
            work.duck, sheet.relation, sheet.texts, wanted=wanted | _plain(sheet, options), styles=options.styles
        )
        judged = Judged(columns=sheet.columns, verdicts=_verdicts(sheet, inferred))
        judged = misfits.with_key(work.duck, sheet.relation, judged, key)
    return Looked(
        select=_select(judged, sheet.relation), rows=sheet.rows, judged=judged, styles=inferred.styles, sheet=sheet
    )


def _plain(sheet: Sheet, options: Options) -> dict[str, Sequence[Candidate]]:
    """Said types of columns that hold no text: we spell their values, in our own way."""
    ours = column_types.by_column(options.types, sheet.columns, Styles(decimal=Decimal.POINT))
    return {column: [column_types.plain(kinds[0])] for column, kinds in ours.items() if column in sheet.spelled}


def _verdicts(sheet: Sheet, inferred: Inferred) -> list[Verdict]:
    judged = dict(zip(sheet.texts, inferred.verdicts, strict=True))
    columns = zip(map(identifier, sheet.columns), sheet.kinds, strict=True)
    return [judged.get(column) or Verdict(kind=replace(TEXT, type=kind)) for column, kind in columns]


def _look_at_parquet(work: Work, options: Options) -> Looked:
    source = f"read_parquet({pattern(work.source)}, file_row_number = true)"
    size = work.duck.execute(
        f"SELECT sum(total_uncompressed_size)::BIGINT FROM parquet_metadata({pattern(work.source)})"
    ).fetchone()
    work.limits.check_size(int(size[0] or 0) if size else 0)
    found = [name for name, _ in work.columns_of(f"read_parquet({pattern(work.source)})")]
    columns = column_names(found)
    renamed = ", ".join(f"{identifier(old)} AS {identifier(new)}" for old, new in zip(found, columns, strict=True))
    lacking = [f"{identifier(found[columns.index(name)])} IS NULL" for name in keys.among(options.key, columns)]
    if not lacking:
        return Looked(select=f"SELECT {renamed} FROM {source}")
    return Looked(
        select=f"SELECT {renamed} FROM {source} WHERE NOT ({' OR '.join(lacking)})",
        lacking_key=f"(SELECT file_row_number + 1 AS line_number, {literal(keys.EMPTY)} AS reason, '' AS column_name,"
        f" CAST(to_json(row({', '.join(map(identifier, found))})) AS VARCHAR)[:{MAX_TEXT}] AS raw FROM {source}"
        f" WHERE {' OR '.join(lacking)})",
    )


def _select(judged: Judged, source: str) -> str:
    which = f" WHERE {judged.fitting}" if judged.tolerant else ""
    return f"SELECT {judged.typed} FROM {source}{which}"
