"""An independent reader: counts and sums with the standard library alone, to hold what was loaded against."""

import csv
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MISSING = frozenset({"", "NA"})


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What the file holds: its rows, and the sum of each column that is all numbers (missing values left out)."""

    rows: int
    sums: dict[str, float]


def read_expectation(path: Path) -> Expectation:
    """Read a comma- or tab-separated file with a header in UTF-8, once, row by row."""
    with _rows(path) as (header, rows):
        sums: dict[int, float] = dict.fromkeys(range(len(header)), 0.0)
        count = 0
        for row in rows:
            if not row:
                continue
            count += 1
            for index in list(sums):
                try:
                    sums[index] += 0.0 if row[index] in MISSING else float(row[index])
                except (ValueError, IndexError):
                    del sums[index]
    return Expectation(rows=count, sums={header[index]: total for index, total in sums.items() if math.isfinite(total)})


@contextmanager
def _rows(path: Path) -> Iterator[tuple[list[str], Iterator[list[str]]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        first_line = file.readline()
        file.seek(0)
        reader = csv.reader(file, delimiter="\t" if "\t" in first_line else ",")
        yield next(reader), reader
