"""A source that needs no server: as many numbers as it is told."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from oneclick.pipelines.contract.errors import BadFlow
from oneclick.pipelines.contract.sources import (
    Batch,
    Column,
    OnProgress,
    Position,
    Reading,
    Settings,
    Source,
    Stream,
    Wanted,
)
from oneclick.pipelines.contract.templates import Template
from oneclick.warehouses.contract.data_plane import DuckDBConnection, LoadMode
from oneclick.warehouses.contract.descriptions import Check, CheckResult, FormField

STREAM = Stream(name="numbers", columns=(Column(name="n", type="BIGINT"),), key=("n",), rows=3)


class Numbers(Template):
    key = "numbers"
    title = "Numbers"
    tagline = "Count."
    needs = "Nothing."
    icon = "hash"

    def fields(self, config: Mapping[str, str]) -> Sequence[FormField]:
        return (
            FormField(name="count", label="How many", is_required=False),
            FormField(name="password", label="Password", is_secret=True),
        )

    def source(self, settings: Settings) -> Source:
        count = settings.config.get("count", "3")
        if not count.isdigit():
            raise BadFlow(f"{count!r} isn't a number.")
        return NumbersSource(int(count))


class NumbersSource(Source):
    def __init__(self, count: int) -> None:
        self._count = count

    def check(self) -> Sequence[Check]:
        return [Check(title="We can count", result=CheckResult.PASSED)]

    def discover(self) -> Sequence[Stream]:
        return [STREAM]

    @contextmanager
    def reading(self, duck: DuckDBConnection, folder: Path, on_progress: OnProgress) -> Iterator[Reading]:
        yield NumbersReading(self._count)


class NumbersReading(Reading):
    def __init__(self, count: int) -> None:
        self._count = count

    def columns(self, wanted: Wanted) -> Sequence[Column]:
        return STREAM.columns

    def batches(self, wanted: Wanted, position: Position, bound: Position) -> Sequence[Batch]:
        return [Batch(select=f"SELECT range AS n FROM range({self._count})", mode=LoadMode.REPLACE)]
