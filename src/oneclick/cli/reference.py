"""Writes `docs/reference/cli.md` from the commands themselves: `python -m oneclick.cli.reference [FOLDER]`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import click

from oneclick.cli import COMMANDS, main
from oneclick.cli.output import EXIT_CODES

FOLDER = Path("docs/reference")
NAME = "cli.md"

_INTRODUCTION = """\
# Commands

`oneclick COMMAND --help` says the same. Results go to stdout; everything else (progress, hints, errors) to stderr.

Commands that read or change something act as `operator:<system user>`, an admin, and are in the audit log. Where there
are several organisations they ask for `--organisation NAME`.

With `--json`, results are JSON in the shape that the REST API has, and errors are one line on stderr:

```json
{"error": {"code": "name_taken", "message": "…", "hint": "…"}}
```

The codes are listed in [Errors](errors.md)."""


def page() -> str:
    """The page as it should be."""
    made = f"<!-- {NAME} is written by `python -m oneclick.cli.reference`. Change the code, not this page. -->"
    codes = "\n".join(f"| {code} | {meaning} |" for code, meaning in EXIT_CODES.items())
    parts = [made, _INTRODUCTION, f"## Exit codes\n\n| Code | Meaning |\n|---:|---|\n{codes}"]
    root = click.Context(main, info_name="oneclick")
    for heading, entries in COMMANDS.items():
        if entries:
            parts.append(f"## {heading}")
        for name in entries:
            parts += _sections(root, main, name)
    return "\n\n".join(parts) + "\n"


def _sections(parent: click.Context, group: click.Group, name: str) -> Iterator[str]:
    command = group.get_command(parent, name)
    if command is None or command.hidden:
        return
    context = command.context_class(command, info_name=name, parent=parent)
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            yield from _sections(context, command, child)
        return
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield f"### {context.command_path}\n\n{_prose(command.help or '')}\n\n```text\n{usage}\n```"
    options = [_option(option, context) for option in command.params if isinstance(option, click.Option)]
    if options:
        yield "\n".join(options)


def _option(option: click.Option, context: click.Context) -> str:
    names, text = option.get_help_record(context) or ("", "")
    return f"- `{names}`: {_prose(text)}"


def _prose(text: str) -> str:
    """Help as Markdown: what click is told to leave as it is becomes a block."""
    paragraphs = dedent(text).strip().split("\n\n")
    return "\n\n".join(_paragraph(paragraph) for paragraph in paragraphs)


def _paragraph(text: str) -> str:
    if text.startswith("\b"):
        return f"```text\n{dedent(text.removeprefix(chr(8)).strip(chr(10)))}\n```"
    return " ".join(text.split()).replace("<", "\\<").replace("|", "\\|").replace("*", "\\*")


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if sys.argv[1:] else FOLDER
    (folder / NAME).write_text(page(), encoding="utf-8")
