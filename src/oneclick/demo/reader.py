"""An independent reader: counts and sums with the standard library alone, to hold what was loaded against.

It runs as a process of its own (`python -m oneclick.demo.reader FILE`), so that it reads while everything else starts
and loads. It shares no code with what loads.
"""

import csv
import json
import math
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Self

from oneclick.demo.errors import DemoFailed

MISSING = frozenset({"", "NA"})
BATCH_ROWS = 100
"""Few, so that they stay in the processor's cache: five thousand take twice as long."""


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What the file holds: its rows, and the sum of each column that is all numbers (missing values left out)."""

    rows: int
    sums: dict[str, float]


class Reading:
    """A file that is being read in a process of its own. Use it as a context manager, so that the process ends."""

    def __init__(self) -> None:
        self._path = Path()
        self._process: subprocess.Popen[str] | None = None

    def begin(self, path: Path) -> None:
        """Start to read; begun already is fine."""
        if self._process is None:
            self._path = path
            self._process = subprocess.Popen(
                [sys.executable, "-m", "oneclick.demo.reader", str(path)],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )  # fmt: skip

    def result(self) -> Expectation:
        """What is in the file; waits for it. Raises `DemoFailed` where the reader can't read it."""
        if self._process is None:
            raise DemoFailed("The independent reader was never started.")
        found, said = self._process.communicate()
        if self._process.returncode:
            why = said.strip().splitlines()[-1:] or [f"it ended with {self._process.returncode}"]
            raise DemoFailed(
                f"The independent reader can't read {self._path}: {why[0]}",
                hint="It takes CSV and TSV in UTF-8. To load other files: oneclick load FILE",
            )
        return Expectation(**json.loads(found))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process:
            self._process.kill()
            self._process.communicate()


def read_expectation(path: Path) -> Expectation:
    """Read a comma- or tab-separated file with a header in UTF-8, once, by columns of a hundred rows."""
    with _rows(path) as (header, rows):
        sums = dict.fromkeys(range(len(header)), 0.0)
        count = 0
        filled = filter(None, rows)
        while batch := list(islice(filled, BATCH_ROWS)):
            count += len(batch)
            columns = list(zip(*batch, strict=False))  # as many as the shortest row has
            for index in list(sums):
                total = _sum(columns[index]) if index < len(columns) else None
                if total is None:
                    del sums[index]
                else:
                    sums[index] += total
    return Expectation(rows=count, sums={header[index]: total for index, total in sums.items() if math.isfinite(total)})


def _sum(values: tuple[str, ...]) -> float | None:
    """The sum of the values that aren't missing; None where one is no number."""
    try:
        return sum(map(float, values))
    except ValueError:
        present = [value for value in values if value not in MISSING]
    if len(present) == len(values):
        return None
    try:
        return sum(map(float, present))
    except ValueError:
        return None


@contextmanager
def _rows(path: Path) -> Iterator[tuple[list[str], Iterator[list[str]]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        first_line = file.readline()
        file.seek(0)
        reader = csv.reader(file, delimiter="\t" if "\t" in first_line else ",")
        yield next(reader, []), reader


if __name__ == "__main__":
    print(json.dumps(asdict(read_expectation(Path(sys.argv[1])))))  # noqa: T201 - read by `Reading`
