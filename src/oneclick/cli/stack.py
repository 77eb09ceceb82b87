"""`oneclick up | down | status | logs | doctor`."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from oneclick.cli import output
from oneclick.cli.frame import Command

if TYPE_CHECKING:
    from oneclick.project.environment import Environment
    from oneclick.project.stack import Stack
    from oneclick.stack.overview import Overview
    from oneclick.stack.state import StackState

STOPS_WITHIN_S = 60.0
LINES = 50
READY = "One-Click DWH is ready"
TOOK = "It took"
_MARKS = {"passed": ("✓", "green"), "warning": ("!", "yellow"), "failed": ("✗", "red"), "skipped": ("-", None)}


@click.command(cls=Command)
@click.option("-d", "--detach", is_flag=True, help="Return when everything is ready, and leave it running.")
def up(detach: bool) -> None:
    """Start everything and print the address.

    Stays in the foreground until Ctrl-C. PostgreSQL, web and worker start, are started again when they fall over,
    and stop together.
    """
    from oneclick.project.environment import read_environment
    from oneclick.stack.errors import StackRunning

    environment = read_environment()
    try:
        if detach:
            _up_detached(environment)
        else:
            _up(environment)
    except StackRunning as exc:
        if not exc.is_ready:
            raise
        output.say(exc.message)
        output.note(exc.hint)


@click.command(cls=Command)
def down() -> None:
    """Stop everything. What runs is finished first; what is stored stays."""
    from oneclick.project.environment import read_environment
    from oneclick.stack.errors import StackError, StackRunning
    from oneclick.stack.postgres import EmbeddedPostgres
    from oneclick.stack.processes import sweep, wait_for_end
    from oneclick.stack.state import Presence

    home = read_environment().home
    if not home.exists():
        output.say("One-Click DWH isn't running.")
        return
    presence = Presence(home)
    had_run = presence.is_taken()
    if had_run:
        pid = _end(presence.wait_for_state(), home)
        if not presence.wait_until_gone(STOPS_WITHIN_S) or not wait_for_end(pid, STOPS_WITHIN_S):
            raise StackError(
                f"It didn't stop within {STOPS_WITHIN_S:g} s.", hint="Look at what it does: oneclick status"
            )
    try:
        presence.take()
    except StackRunning:
        output.say("One-Click DWH has stopped, and somebody has just started it again.")
        return
    postgres = EmbeddedPostgres(home)
    left = bool(sweep(home)) or postgres.is_running()
    postgres.stop()
    presence.leave()
    output.say("One-Click DWH has stopped." if had_run or left else "One-Click DWH isn't running.")


@click.command(cls=Command)
@output.json_option
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """Say what runs, since when, and where. Exit code 6: the stack isn't running."""
    from dataclasses import asdict

    from oneclick.project.environment import read_environment
    from oneclick.stack.errors import StackNotRunning
    from oneclick.stack.overview import overview
    from oneclick.stack.postgres import EmbeddedPostgres

    environment = read_environment()
    postgres = EmbeddedPostgres(environment.home) if environment.is_embedded else None
    seen = overview(environment.home, postgres)
    if seen is None and not as_json:
        raise StackNotRunning
    if seen is None:
        output.emit_json({"running": False, "home": str(environment.home)})
        ctx.exit(output.exit_code(StackNotRunning()))
    if as_json:
        output.emit_json({"running": True, **asdict(seen), "home": str(seen.home), "memory_bytes": seen.memory_bytes})
    else:
        _show(seen)


@click.command(cls=Command)
@click.argument("service", required=False, default="")
@click.option("-f", "--follow", "is_following", is_flag=True, help="Go on with what is written from now on.")
@click.option("-n", "--lines", "count", default=LINES, show_default=True, help="How many lines of each.")
def logs(service: str, is_following: bool, count: int) -> None:
    """Show what the services wrote: web, worker, postgres, migration, supervisor; all of them without SERVICE."""
    from oneclick.project.environment import read_environment
    from oneclick.stack.errors import StackError
    from oneclick.stack.files import last_lines
    from oneclick.stack.logs import follow

    found = {path.stem: path for path in sorted((read_environment().home / "logs").glob("*.log"))}
    if service and service not in found:
        known = ", ".join(found) or "none yet"
        raise StackError(f"There is no log of {service}.", hint=f"Those that exist: {known}.")
    chosen = {service: found[service]} if service else found
    fresh = follow(chosen, until=lambda: False)
    for name, path in chosen.items():
        for line in last_lines(path, count):
            _show_line(name if not service else "", line)
    if is_following:
        for name, line in fresh:
            _show_line(name if not service else "", line)


@click.command(cls=Command)
@output.json_option
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Find what is wrong and say how to mend it. Exit code 1: something is."""
    from dataclasses import asdict

    from oneclick.cli import django
    from oneclick.project.doctor import examine
    from oneclick.project.environment import read_environment
    from oneclick.stack.checks import Verdict

    checks = list(examine(read_environment(), prepare_django=django.setup))
    has_failed = any(check.verdict is Verdict.FAILED for check in checks)
    if as_json:
        output.emit_json({"healthy": not has_failed, "checks": [asdict(check) for check in checks]})
        ctx.exit(int(has_failed))
    for check in checks:
        mark, colour = _MARKS[check.verdict]
        click.echo(f"{click.style(mark, fg=colour)} {click.style(check.name, bold=True)}: {output.clean(check.found)}")
        if check.cure:
            click.echo(f"  {click.style('→', fg='cyan')} {output.clean(check.cure)}")
    ctx.exit(int(has_failed))


# -- up --------------------------------------------------------------------------------------------------------


def _up(environment: "Environment") -> None:
    from oneclick.project.stack import Stack

    began = time.monotonic()
    stack = Stack(environment, report=output.note)
    obey_signals(stack)
    with stack:
        output.say(f"{READY}: {stack.url}")
        output.note(f"{TOOK} {output.duration(time.monotonic() - began)}. Stop it with Ctrl-C or: oneclick down")
        stack.wait()
        output.note("Stopping…")
    output.note("One-Click DWH has stopped.")


def obey_signals(stack: "Stack") -> None:
    """Let Ctrl-C, SIGTERM and a closed terminal stop the stack in order; a second time, at once."""

    def obey(number: int, frame: FrameType | None) -> None:
        stack.interrupt()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup ignores SIGHUP
            signal.signal(number, obey)


def _up_detached(environment: "Environment") -> None:
    from oneclick.stack.logs import follow, rotate_in_place
    from oneclick.stack.postgres import make_home
    from oneclick.stack.state import Phase, Presence

    make_home(environment.home)
    presence = Presence(environment.home)
    presence.demand_free()
    log = environment.home / "logs" / "supervisor.log"
    log.parent.mkdir(mode=0o700, exist_ok=True)
    log.touch(mode=0o600)
    rotate_in_place(log)

    def is_settled() -> bool:
        state = presence.read()
        return child.poll() is not None or (state is not None and state.pid == child.pid and state.phase is Phase.READY)

    said = follow({"": log}, until=is_settled)
    with log.open("ab") as out:
        child = subprocess.Popen(
            [sys.executable, "-m", "oneclick.cli", "up"],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd="/", start_new_session=True,
        )  # fmt: skip
    try:
        for _, line in said:
            if not line.startswith((READY, TOOK)):
                output.note(line)
    except KeyboardInterrupt:
        child.terminate()
        child.wait()
        raise
    state = presence.read()
    if (code := child.poll()) or state is None:
        click.get_current_context().exit(code or 1)
    child.returncode = 0  # it stays, and nobody waits for it
    output.say(f"{READY}: {state.url}")
    output.note("It runs in the background. Stop it with: oneclick down")


# -- down ------------------------------------------------------------------------------------------------------


def _end(state: "StackState | None", home: Path) -> int:
    """Ask the supervisor to stop everything; returns its process."""
    from oneclick.stack.errors import StackError

    if state is None:
        raise StackError("It is just starting, and doesn't say as which process.", hint="Try again in a second.")
    try:
        with contextlib.suppress(ProcessLookupError):
            os.kill(state.pid, signal.SIGTERM)
    except PermissionError as exc:
        raise StackError(
            f"What runs in {home} belongs to another user.", hint="Stop it as the user that started it."
        ) from exc
    return state.pid


# -- status and logs -------------------------------------------------------------------------------------------


def _show(seen: "Overview") -> None:
    output.facts(
        {
            "State": f"{seen.phase}, for {output.duration(seen.seconds)}",
            "Address": seen.url,
            "Folder": seen.home,
            "Memory": _megabytes(seen.memory_bytes),
        }
    )
    output.table(
        ("Part", "State", "For", "Restarts", "Memory", "Process", "Last end"),
        [
            (part.name, part.state, output.duration(part.seconds), part.restarts, _megabytes(part.memory_bytes),
             str(part.pid or ""), part.last_end)
            for part in seen.parts
        ],
        right=("For", "Restarts", "Memory", "Process"),
        empty="",
    )  # fmt: skip


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB"


def _show_line(name: str, line: str) -> None:
    output.say(f"{name:>10} │ {line}" if name else line)
