"""Small statistics and how they are shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the report. `bound` is what it should meet, in words; `is_met` None where nothing is asked."""

    name: str
    value: str
    bound: str = ""
    is_met: bool | None = None


def show(figures: Iterable[Figure]) -> None:
    """Print each as soon as it is there."""
    for each in figures:
        missed = "  MISSED" if each.is_met is False else ""
        print(f"{each.name}: {each.value}  {each.bound}{missed}", flush=True)


def percentile(samples: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; `share` is 0.5 for the median."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def p50_p99(samples: Sequence[float]) -> tuple[float, float]:
    return percentile(samples, 0.5), percentile(samples, 0.99)


def ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms" if seconds >= 0.01 else f"{seconds * 1000:.2f} ms"
