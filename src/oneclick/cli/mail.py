"""`oneclick mail …`."""

import click

from oneclick.cli import output
from oneclick.cli.django import setup
from oneclick.cli.frame import Group
from oneclick.cli.output import json_option


@click.group(cls=Group)
def mail() -> None:
    """Try the mail server that notifications are sent through."""


@mail.command("try")
@click.argument("address", metavar="E-MAIL")
@json_option
def try_server(address: str, as_json: bool) -> None:
    """Send a short mail to E-MAIL now, and say whether the mail server took it."""
    setup()
    from oneclick.accounts.services import operator_label
    from oneclick.notifications.services import send_trial

    send_trial(address, actor=operator_label())
    if as_json:
        output.emit_json({"to": address, "is_sent": True})
        return
    output.say(f"The mail server took the mail to {address}. See whether it arrives.")
