from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from oneclick.web import words

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-1, "0.0 s"),
        (0.42, "0.4 s"),
        (14, "14 s"),
        (60, "1 min"),
        (134, "2 min 14 s"),
        (3600 * 3 + 300 + 7, "3 h 5 min"),
        (86400, "1 day"),
        (86400 * 2 + 3600 * 4, "2 days 4 h"),
        (timedelta(minutes=2, seconds=14), "2 min 14 s"),
    ],
)
def test_a_duration_has_two_units_at_most(seconds: float, said: str) -> None:
    assert words.duration(seconds) == said


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(seconds=3), "just now"),
        (timedelta(seconds=50), "1 minute ago"),
        (timedelta(minutes=5), "5 minutes ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(days=1, hours=2), "yesterday"),
        (timedelta(days=4), "4 days ago"),
        (timedelta(days=59), "1 January 2026"),
        (-timedelta(hours=2), "in 2 hours"),
        (-timedelta(days=1), "tomorrow"),
    ],
)
def test_a_time_is_told_relative_to_now(before: timedelta, said: str) -> None:
    assert words.ago(NOW - before, NOW) == said


def test_the_exact_time_is_in_utc_or_in_another_zone() -> None:
    in_winter = datetime.fromisoformat("2026-02-28T23:04:05+00:00")
    assert words.exact(in_winter, ZoneInfo("Europe/Berlin")) == "1 March 2026, 00:04:05 CET"
    assert words.exact(datetime.fromisoformat("2026-03-01T13:04:05+01:00")) == "1 March 2026, 12:04:05 UTC"


@pytest.mark.parametrize(
    ("value", "said"), [(0, "0"), (336776, "336,776"), (0.25, "0.25"), (2.0, "2"), (-1500, "-1,500")]
)
def test_a_number_has_its_thousands_apart(value: float, said: str) -> None:
    assert words.number(value) == said


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (999_999, "1.0 MB"),
        (12_400_000, "12.4 MB"),
        (99_960_000, "100 MB"),
        (10**18, "1000 PB"),
    ],
)
def test_a_size_has_a_unit_that_fits(size: int, said: str) -> None:
    assert words.size(size) == said
