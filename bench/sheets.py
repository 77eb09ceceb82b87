"""What a spreadsheet costs: from the file to Parquet with types, against the time in which calamine only reads it.

`python -m bench.sheets` runs this alone.
"""

import datetime as dt
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from xlsxwriter import Workbook

from bench.figures import Figure, show
from oneclick.pipelines.templates.file_import import detect
from oneclick.pipelines.templates.file_import.convert import Reading, convert
from oneclick.pipelines.templates.file_import.scratch import scratch_folder
from oneclick.pipelines.templates.file_import.work import Options

ROWS = 200_000
ROUNDS = 5
MOST = 1.3
CALAMINE = """
import sys
from python_calamine import CalamineWorkbook
CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python()
"""


def measure() -> Iterator[Figure]:
    with TemporaryDirectory() as folder:
        home = Path(folder)
        file = home / "orders.xlsx"
        _write(file)
        calamine, ours = [], []
        for _ in range(ROUNDS):
            calamine.append(_timed_calamine(file))
            ours.append(_timed(file, home))
    ratio = median(ours) / median(calamine)
    yield Figure(name=f"calamine reads {ROWS:,} × 10 cells of an .xlsx", value=f"{median(calamine):.2f} s")
    yield Figure(
        name="the same as Parquet with types", value=f"{median(ours):.2f} s", bound=f"≤ {MOST}× calamine's time"
    )
    yield Figure(name="ours to calamine's", value=f"{ratio:.2f}×", bound=f"≤ {MOST}×", is_met=ratio <= MOST)


def _write(file: Path) -> None:
    start = dt.datetime(2020, 1, 1)  # noqa: DTZ001 - a sheet's times have no zone
    with Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Orders")
        day, moment = (book.add_format({"num_format": text}) for text in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"))
        sheet.write_row(0, 0, ["id", "shop", "amount", "day", "at", "name", "discount", "hash", "is_new", "zip"])
        for row in range(ROWS):
            sheet.write_row(row + 1, 0, [row, row * 37 % 1_003, round(row * 0.37, 2)])
            sheet.write_datetime(row + 1, 3, start + dt.timedelta(days=row % 3_000), day)
            sheet.write_datetime(row + 1, 4, start + dt.timedelta(seconds=row), moment)
            sheet.write_row(row + 1, 5, [f"customer {row % 10_007}", row % 100 if row % 7 else None])
            sheet.write_row(row + 1, 7, [f"{row * 2_654_435_761 % 2**64:016x}", row % 2 == 0, f"{row % 99_999:05d}"])


def _timed_calamine(file: Path) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", CALAMINE, str(file)], check=True)
    return time.perf_counter() - began


def _timed(file: Path, home: Path) -> float:
    began = time.perf_counter()
    facts = detect.inspect(file)
    with scratch_folder(home) as folder:
        done = convert(
            Reading(
                path=file, facts=facts, folder=folder, home=home, options=Options(), on_progress=lambda *_: None
            )
        )  # fmt: skip
    assert (done.rows, done.rejected) == (ROWS, 0)
    return time.perf_counter() - began


if __name__ == "__main__":
    show(measure())
