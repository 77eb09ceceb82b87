"""`oneclick job …`."""

import click

from oneclick.cli.frame import Group


@click.group(cls=Group)
def job() -> None:
    """Follow, retry and cancel the changes that were asked for."""
