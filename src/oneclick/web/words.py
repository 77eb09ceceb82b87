"""Numbers, sizes, durations and times as people read them."""

from datetime import UTC, datetime, timedelta, tzinfo

from oneclick.core.clock import utcnow

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_UNITS = (("day", _DAY), ("hour", _HOUR), ("minute", _MINUTE))
_SIZES = ("B", "KB", "MB", "GB", "TB", "PB")
_JUST_NOW_S = 45
_LONG_AGO_S = 30 * _DAY
_TENTHS_BELOW_S = 10
_TENTHS_BELOW_SIZE = 99.95
_NEXT_SIZE = 999.5


def duration(span: timedelta | float) -> str:
    """`0.4 s`, `14 s`, `2 min 14 s`, `3 h 5 min`, `2 days 4 h`: two units at most. Numbers are seconds."""
    seconds = span.total_seconds() if isinstance(span, timedelta) else float(span)
    if seconds < _TENTHS_BELOW_S:
        return f"{max(seconds, 0):.1f} s"
    days, rest = divmod(round(seconds), _DAY)
    hours, rest = divmod(rest, _HOUR)
    minutes, left = divmod(rest, _MINUTE)
    parts = ((days, "day" if days == 1 else "days"), (hours, "h"), (minutes, "min"), (left, "s"))
    first = next(index for index, (number, _) in enumerate(parts) if number)
    return " ".join(f"{number} {unit}" for number, unit in parts[first : first + 2] if number)


def ago(at: datetime, now: datetime | None = None) -> str:
    """`just now`, `5 minutes ago`, `yesterday`, `in 2 hours`; beyond a month, the day itself."""
    seconds = ((now or utcnow()) - at).total_seconds()
    if abs(seconds) < _JUST_NOW_S:
        return "just now"
    if abs(seconds) > _LONG_AGO_S:
        return f"{at.day} {at:%B %Y}"
    unit, length = next((pair for pair in _UNITS if abs(seconds) >= pair[1]), _UNITS[-1])
    count = max(round(abs(seconds) / length), 1)
    if unit == "day" and count == 1:
        return "yesterday" if seconds > 0 else "tomorrow"
    words = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{words} ago" if seconds > 0 else f"in {words}"


def exact(at: datetime, zone: tzinfo = UTC) -> str:
    """`22 November 2026, 23:56:06 UTC`, or with another zone's clock and name, such as CET."""
    there = at.astimezone(zone)
    return f"{there.day} {there:%B %Y, %H:%M:%S %Z}"


def number(value: float) -> str:
    """Thousands apart by commas, up to two decimals: `336,776`, `0.25`."""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}".rstrip("0").rstrip(".")


def size(size_bytes: float) -> str:
    """Bytes in powers of a thousand: `0 B`, `12.4 MB`."""
    value, unit = float(size_bytes), 0
    while value >= _NEXT_SIZE and unit < len(_SIZES) - 1:
        value, unit = value / 1000, unit + 1
    digits = 1 if unit and value < _TENTHS_BELOW_SIZE else 0
    return f"{value:.{digits}f} {_SIZES[unit]}"
