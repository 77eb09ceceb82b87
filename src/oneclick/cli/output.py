"""What every command shares: tables, facts, JSON, errors for people, exit codes."""

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from typing import IO, TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import click

from oneclick.core.errors import EXIT_CODE_OF_KIND, OneClickError

if TYPE_CHECKING:
    from rich.console import Console

TENTHS_BELOW_S = 10
F = TypeVar("F", bound=Callable[..., Any])

EXIT_CODES: Mapping[int, str] = {
    0: "It worked.",
    1: "The operation failed, or can't be done as it was asked.",
    2: "The command line itself is wrong: an unknown option, a missing argument.",
    3: "There is no such thing, or not for you.",
    4: "You may not do this.",
    5: "It clashes with something that exists or happens at this moment.",
    6: "The stack isn't running, or something that it needs can't be reached.",
    130: "Interrupted with Ctrl-C.",
}
"""Every exit code and what it means; `docs/reference/cli.md` prints it."""

_JSON_ASKED = "oneclick.json"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def exit_code(error: OneClickError) -> int:
    """The exit code for an error."""
    return EXIT_CODE_OF_KIND[error.kind]


def json_option(command: F) -> F:
    """`--json`, handed to the command as `as_json`; errors are then JSON on stderr too."""

    def note(ctx: click.Context, _: click.Parameter, value: bool) -> bool:
        ctx.meta[_JSON_ASKED] = value
        return value

    return click.option("--json", "as_json", is_flag=True, callback=note, help="Print JSON for programs.")(command)


wait_option = click.option("--wait/--no-wait", default=True, show_default=True, help="Watch the job until it ends.")
"""`--no-wait` of every command that asks for a job."""


def console() -> "Console":
    """Where results go."""
    return _console(sys.stdout)


def err_console() -> "Console":
    """Where everything else goes: errors, hints, progress."""
    return _console(sys.stderr)


def emit_json(value: object) -> None:
    """Print one JSON document on stdout. A `SecretText` is refused: reveal it where it is meant to be seen."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Iterable[str] = (), empty: str) -> None:
    """Print rows; the columns named in `right` are numbers. `empty` says what to do where there are no rows."""
    cells = [[_cell(value) for value in row] for row in rows]
    numbers = set(right)
    if not cells:
        note(empty)
    elif sys.stdout.isatty():
        _print_table(columns, cells, numbers)
    else:
        for line in _aligned([list(columns), *cells], [column in numbers for column in columns]):
            click.echo(line)


def facts(pairs: Mapping[str, object]) -> None:
    """Print names with their values, one a line; empty values are left out."""
    shown = {name: _cell(value) for name, value in pairs.items() if value not in (None, "")}
    width = max(map(len, shown), default=0)
    for name, value in shown.items():
        click.echo(click.style(f"{name:<{width}}", bold=True) + f"  {value}")


def say(text: str) -> None:
    """Print one line of result."""
    click.echo(clean(text))


def note(text: str) -> None:
    """Print a remark on stderr, so that a pipe gets results alone."""
    click.echo(clean(text), err=True)


def show_error(error: OneClickError) -> None:
    """Print what happened and what to do now on stderr; as JSON where `--json` was asked for."""
    ctx = click.get_current_context(silent=True)
    if ctx is not None and ctx.meta.get(_JSON_ASKED):
        body = {"code": error.code, "message": error.message, "hint": error.hint}
        click.echo(json.dumps({"error": body}, ensure_ascii=False), err=True)
        return
    click.echo(click.style("✗ ", fg="red") + clean(error.message), err=True)
    for detail in getattr(error, "details", ()):
        click.echo(f"    {clean(str(detail))}", err=True)
    if error.hint:
        click.echo(click.style("→ ", fg="cyan") + clean(error.hint), err=True)


def clean(text: str) -> str:
    """Text from elsewhere without control characters, which could steer the terminal."""
    return _CONTROL.sub("�", text)


def duration(seconds: float) -> str:
    """A span of time as people say it: 0.4 s, 14 s, 2 min 14 s, 3 h 5 min."""
    if seconds < TENTHS_BELOW_S:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes_left = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes_left} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def ago(at: datetime | None, now: datetime | None = None) -> str:
    """A point in time as a distance: just now, 5 min ago, 3 h ago, 2 days ago."""
    if at is None:
        return ""
    seconds = ((now or datetime.now(UTC)) - at).total_seconds()
    for unit, name in ((86400, "days"), (3600, "h"), (60, "min")):
        count = int(seconds // unit)
        if count:
            return f"{count} {'day' if (count, name) == (1, 'days') else name} ago"
    return "just now"


def moment(at: datetime | None) -> str:
    """A point in time in the reader's own zone."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S") if at else ""


def _print_table(columns: Sequence[str], cells: Sequence[Sequence[str]], numbers: set[str]) -> None:
    from rich import box
    from rich.table import Table

    shown = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="bold")
    for column in columns:
        shown.add_column(column, justify="right" if column in numbers else "left", overflow="fold")
    for row in cells:
        shown.add_row(*row)
    console().print(shown)


def _aligned(rows: Sequence[Sequence[str]], is_number: Sequence[bool]) -> Iterator[str]:
    """Plain columns for a pipe: nothing is wrapped, cut or coloured."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = zip(row, widths, is_number, strict=True)
        yield "  ".join(f"{cell:>{width}}" if right else f"{cell:<{width}}" for cell, width, right in padded).rstrip()


def _console(stream: IO[str]) -> "Console":
    from rich.console import Console

    return Console(file=stream, highlight=False, emoji=False, markup=False)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, datetime):
        return moment(value)
    return clean(str(value))


def _plain(value: object) -> object:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, date):  # a datetime is one, too
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} is not meant to be printed")
