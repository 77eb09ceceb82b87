"""What the demo brings in beside its first file: an application's database, a spreadsheet and an HTTP API."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from oneclick.demo import helpdesk, shop
from oneclick.demo.budget import write_budget
from oneclick.demo.helpdesk import Helpdesk
from oneclick.demo.shop import Shop


@dataclass(frozen=True, kw_only=True)
class Sources:
    """All of them, while they run."""

    shop: Shop
    helpdesk: Helpdesk
    budget: Path


@contextmanager
def running(home: Path, *, scale: int = 1) -> Iterator[Sources]:
    """Started now and stopped in the end; what they keep lies under `home`. `scale` multiplies their rows."""
    folder = home / "demo"
    with (
        shop.running(home / "demo-shop", scale=scale) as database,
        helpdesk.running(folder / "helpdesk.json", scale=scale) as service,
    ):
        yield Sources(shop=database, helpdesk=service, budget=write_budget(folder))
