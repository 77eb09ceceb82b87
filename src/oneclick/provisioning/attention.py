"""What somebody should look at: the overview shows it, and rooms above add what they know of in `AppConfig.ready()`."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.urls import reverse

from oneclick.accounts.roles import Principal
from oneclick.core.registry import Registry
from oneclick.provisioning import queries
from oneclick.provisioning.models import JobState
from oneclick.provisioning.words import ASKED


@dataclass(frozen=True, kw_only=True)
class Attention:
    """One thing, and the page where it is dealt with. `kind` is the callout's: bad, warn or info."""

    title: str
    words: str
    url: str
    action: str
    kind: str = "warn"


SOURCES: Registry[Callable[[Principal], Iterable[Attention]]] = Registry("Source of what needs attention")


def needed_by(principal: Principal) -> Sequence[Attention]:
    """Everything that is open now, in the order of the sources."""
    return [each for source in SOURCES for each in source(principal)]


def failed_changes(principal: Principal) -> Iterator[Attention]:
    """Warehouses whose last change failed, for as long as nobody tried again."""
    for job in queries.newest_per_warehouse(principal.organisation_id):
        if job.state == JobState.FAILED:
            yield Attention(
                kind="bad", title=f"{ASKED[job.kind].format(job.warehouse.name)}: it failed",
                words="The page says why and what to do now.", url=reverse("change", args=[job.id]), action="See why",
            )  # fmt: skip


def found_changes(principal: Principal) -> Iterator[Attention]:
    """Warehouses that the last check found changed outside, for as long as nobody repaired them."""
    for job in queries.drifted(principal.organisation_id):
        yield Attention(
            title=f"{job.warehouse.name} was changed outside of One-Click",
            words="The last check found a difference to what we made.",
            url=reverse("warehouse-resources", args=[job.warehouse_id]), action="See what changed",
        )  # fmt: skip
