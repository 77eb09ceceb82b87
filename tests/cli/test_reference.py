from pathlib import Path

from oneclick.cli.output import EXIT_CODES
from oneclick.cli.reference import page

WRITTEN = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"


def test_the_page_of_commands_is_current() -> None:
    assert WRITTEN.read_text() == page(), "Write it again: python -m oneclick.cli.reference"


def test_it_has_every_exit_code_and_each_command_with_its_options() -> None:
    text = page()

    for code, meaning in EXIT_CODES.items():
        assert f"| {code} | {meaning} |" in text
    assert "### oneclick warehouse create\n\nSet up a warehouse called NAME." in text
    assert "- `--spend-cap USD`: The most that it may cost a month." in text
