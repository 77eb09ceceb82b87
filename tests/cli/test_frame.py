"""What every command has: help at once and on 80 columns, errors in words, exit codes."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from oneclick.cli import COMMANDS, main
from oneclick.cli.frame import Group, LazyGroup
from oneclick.cli.output import EXIT_CODES, clean, duration
from oneclick.core.errors import EXIT_CODE_OF_KIND, ErrorKind, OneClickError
from tests.cli.conftest import ONECLICK, Ran, own_environment

HEAVY = ("django", "duckdb", "psycopg", "ninja", "procrastinate", "rich", "structlog", "starlette", "granian")


def commands(group: click.Group, *path: str) -> list[tuple[str, ...]]:
    context = click.Context(group)
    found: list[tuple[str, ...]] = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        found.append((*path, name))
        if isinstance(command, click.Group):
            found += commands(command, *path, name)
    return found


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["warehouse", "--help"], ["job", "--help"], []])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys\n"
        "from oneclick.cli import main\n"
        f"try: main({arguments!r})\n"
        "except SystemExit: pass\n"
        f"print(sorted(set(sys.modules) & set({HEAVY!r})), file=sys.stderr)\n"
    )

    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert ran.stderr.splitlines()[-1] == "[]"


@pytest.mark.parametrize("path", [(), *commands(main)], ids=" ".join)
def test_every_help_fits_80_columns_and_says_what_the_command_does(path: tuple[str, ...]) -> None:
    ran = CliRunner().invoke(main, [*path, "--help"], terminal_width=200)

    assert ran.exit_code == 0
    assert max(len(line) for line in ran.output.splitlines()) <= 80
    described = ran.output.split("\n\n")[1].strip()
    assert described.endswith((".", "?", ","))


def test_the_table_says_the_same_as_the_command_itself() -> None:
    for entries in COMMANDS.values():
        for name, (_, text) in entries.items():
            command = main.get_command(click.Context(main), name)
            assert command is not None
            assert text.endswith(".")
            assert len(text) < 80 - 16


def test_a_mistyped_command_gets_a_suggestion() -> None:
    for arguments, suggestion in ((["warehous"], "warehouse"), (["warehouse", "crate"], "create")):
        ran = CliRunner().invoke(main, arguments)
        assert ran.exit_code == 2
        assert f"Did you mean '{suggestion}'?" in ran.output


def failing(error: BaseException) -> click.Group:
    @click.group(cls=Group)
    def group() -> None:
        """A group."""

    @group.command()
    def fail() -> None:
        """Fail."""
        raise error

    return group


@pytest.mark.parametrize("kind", list(ErrorKind))
def test_each_kind_of_error_has_its_exit_code(kind: ErrorKind) -> None:
    error = type("Planned", (OneClickError,), {"kind": kind, "hint": "Do that."})("This went wrong.")

    ran = CliRunner().invoke(failing(error), ["fail"])

    assert ran.exit_code == EXIT_CODE_OF_KIND[kind]
    assert ran.exit_code in EXIT_CODES
    assert ran.stderr.splitlines() == ["✗ This went wrong.", "→ Do that."]


def test_a_fault_of_ours_is_shown_without_secrets() -> None:
    ran = CliRunner().invoke(failing(RuntimeError("password=canary-7f3a")), ["fail"])

    assert ran.exit_code == 1
    assert "canary-7f3a" not in ran.output
    assert "This is a fault of One-Click DWH (RuntimeError)." in ran.stderr


def test_ctrl_c_ends_with_130() -> None:
    assert CliRunner().invoke(failing(KeyboardInterrupt()), ["fail"]).exit_code == 130


def test_a_terminal_cannot_be_steered_by_what_we_print() -> None:
    ran = CliRunner().invoke(failing(OneClickError("\x1b[2J\x07gone\r")), ["fail"])

    assert "\x1b" not in ran.stderr
    assert "\x07" not in ran.stderr
    assert clean("tab\tand\nline") == "tab\tand\nline"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0.0 s"), (0.44, "0.4 s"), (9.96, "10.0 s"), (14, "14 s"), (134, "2 min 14 s"), (11100, "3 h 5 min")],
)
def test_durations_are_said_as_people_do(seconds: float, said: str) -> None:
    assert duration(seconds) == said


class TestWithoutAStack:
    @pytest.fixture
    def run(self, tmp_path: Path) -> Callable[..., Ran]:
        def run(*arguments: str, **changed: str) -> Ran:
            environment = {**own_environment(), "ONECLICK_HOME": str(tmp_path / "home"), **changed}
            ran = subprocess.run(
                [ONECLICK, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=60
            )
            return Ran(code=ran.returncode, out=ran.stdout, err=ran.stderr)

        return run

    def test_it_says_how_to_start_it(self, run: Callable[..., Ran]) -> None:
        ran = run("warehouse", "list")

        assert ran.code == 6
        assert ran.out == ""
        assert "oneclick up" in ran.err
        assert "Traceback" not in ran.err

    def test_programs_get_the_error_as_json(self, run: Callable[..., Ran]) -> None:
        ran = run("job", "list", "--json")

        assert (ran.code, ran.error["code"]) == (6, "database_unreachable")

    def test_an_unreachable_server_is_told_within_seconds(self, run: Callable[..., Ran]) -> None:
        ran = run("warehouse", "list", "--json", DATABASE_URL="postgresql://a:canary-7f3a@127.0.0.1:1/x")

        assert (ran.code, ran.error["code"]) == (6, "database_unreachable")
        assert "canary-7f3a" not in ran.err

    def test_a_mistyped_setting_is_named(self, run: Callable[..., Ran]) -> None:
        ran = run("warehouse", "list", ONECLICK_PROT="80")

        assert ran.code == 1
        assert "Did you mean ONECLICK_PORT?" in ran.err


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["warehouse", "create", "--help"], ["organisation", "list", "--help"]]
)
def test_it_ends_quietly_when_nobody_reads_on(arguments: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as pipe:
        ran = subprocess.run(
            [sys.executable, "-m", "oneclick.cli", *arguments],
            stdout=pipe, stderr=subprocess.PIPE, env=own_environment(), check=False,
        )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (141, b"")


def test_an_error_that_ctrl_c_led_to_is_an_interruption(capsys: pytest.CaptureFixture[str]) -> None:
    @click.group(cls=LazyGroup, commands_by_heading={}, invoke_without_command=True)
    def group() -> None:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            raise OSError("the connection is gone")  # noqa: B904 - as what cleans up raises it

    with pytest.raises(SystemExit) as ended:
        group([], prog_name="x")
    assert ended.value.code == 130
    assert "Interrupted" in capsys.readouterr().err
