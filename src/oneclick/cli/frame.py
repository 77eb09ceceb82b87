"""The frame of the command line: commands that load when they are called, headings in the help, errors for people."""

import contextlib
import importlib
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import click
from click.formatting import HelpFormatter

from oneclick.core.errors import InternalError, OneClickError

HELP_WIDTH = 80
NOBODY_READS = 141
"""What a shell shows for a program that a closed pipe ended."""


class Context(click.Context):
    """Keeps help within 80 columns, however wide the terminal is."""

    def make_formatter(self) -> HelpFormatter:
        """A formatter with coloured headings."""
        return _Formatter(width=min(self.terminal_width or HELP_WIDTH, HELP_WIDTH))


class _Formatter(HelpFormatter):
    def write_heading(self, heading: str) -> None:
        super().write_heading(click.style(heading, bold=True))

    def write_dl(self, rows: Any, col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl([(click.style(name, fg="cyan"), text) for name, text in rows], col_max, col_spacing)


class Command(click.Command):
    """One command with our help."""

    context_class = Context


class Group(click.Group):
    """A group of commands that shows errors as what, why and what now, and ends with the exit code for them."""

    context_class = Context
    command_class = Command

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order in which they were written: that of a life."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; for a mistyped one say which it may have been."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            near = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            hint = f" Did you mean {near[0]!r}?" if near and near[0] not in error.message else ""
            raise click.UsageError(f"{error.message}{hint}", ctx) from None

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command line, and see to it that what was printed is out."""
        try:
            return super().main(*args, **kwargs)
        finally:
            with _quiet_when_nobody_reads():
                sys.stdout.flush()

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Parse the arguments, which prints the help."""
        with _quiet_when_nobody_reads():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; the outermost group turns what it raises into words and an exit code."""
        if ctx.parent is not None:
            return super().invoke(ctx)
        from oneclick.core.correlation import correlation

        try:
            with _quiet_when_nobody_reads(), correlation():
                return super().invoke(ctx)
        except OneClickError as error:
            if _is_interrupted(error):
                _interrupted(ctx)
            _fail(ctx, error)
        except KeyboardInterrupt:
            _interrupted(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:  # noqa: BLE001 - a person gets words and an exit code whatever happens
            if _is_interrupted(error):
                _interrupted(ctx)
            _fail(ctx, _fault(error) or _our_fault(error))


class LazyGroup(Group):
    """The outermost group: its table says where each command is and what the help says about it."""

    def __init__(self, *args: Any, commands_by_heading: Mapping[str, Mapping[str, tuple[str, str]]], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._headings = commands_by_heading
        self._table = {name: entry for entries in commands_by_heading.values() for name, entry in entries.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the table's order."""
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command."""
        if cmd_name not in self._table:
            return None
        module, _, attribute = self._table[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: HelpFormatter) -> None:
        """One section per heading, without importing any command."""
        for heading, entries in self._headings.items():
            if entries:
                with formatter.section(heading):
                    formatter.write_dl([(name, text) for name, (_, text) in entries.items()])


@contextlib.contextmanager
def _quiet_when_nobody_reads() -> Iterator[None]:
    """End without a word once a pipe is closed, as in `oneclick … | head`."""
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)
        sys.exit(NOBODY_READS)


def _fault(error: Exception) -> OneClickError | None:
    if "django" not in sys.modules:
        return None
    from oneclick.project.faults import as_fault

    return as_fault(error)


def _our_fault(error: Exception) -> OneClickError:
    import traceback

    from oneclick.telemetry.redaction import scrubbed

    click.echo(click.style(scrubbed("".join(traceback.format_exception(error))), dim=True), err=True)
    return InternalError(
        f"This is a fault of One-Click DWH ({type(error).__name__}).", hint="Please report it with the lines above."
    )


def _interrupted(ctx: click.Context) -> NoReturn:
    click.echo("\nInterrupted.", err=True)
    ctx.exit(130)


def _is_interrupted(error: BaseException | None) -> bool:
    """Whether Ctrl-C is behind an error: it cuts the connection to the database, and what cleans up meets that."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__context__
    return False


def _fail(ctx: click.Context, error: OneClickError) -> NoReturn:
    from oneclick.cli.output import exit_code, show_error

    show_error(error)
    ctx.exit(exit_code(error))
