"""`oneclick secrets …`."""

from pathlib import Path

import click

from oneclick.cli import output
from oneclick.cli.django import setup
from oneclick.cli.frame import Group
from oneclick.cli.output import json_option


@click.group(cls=Group)
def secrets() -> None:
    """Look after the key of the secret store."""


@secrets.command()
@click.option(
    "--new-key-file",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="A file with the new master key: 32 bytes in base64.",
)
@click.confirmation_option(prompt="Move every secret to the new master key?")
@json_option
def rewrap(new_key_file: Path, *, as_json: bool) -> None:
    """Change the master key. Secrets stay as they are; what was cut off is done by calling it again."""
    setup()
    from oneclick.accounts.services import operator_label
    from oneclick.project.rekeying import rekey

    done = rekey(new_key_file, actor=operator_label())
    if as_json:
        output.emit_json({"secrets": done.secrets, "is_in_force": done.is_in_force})
        return
    output.say(f"Moved to the new master key: {done.secrets:,}. All secrets are under it.")
    if done.is_in_force:
        output.say("It is in force. Keep a copy apart from the database's backups; older backups need the old key.")
    else:
        output.note("→ Now give it to the stack in ONECLICK_MASTER_KEY or its _FILE, and restart: oneclick down, up")
