"""`oneclick warehouse …`."""

import click

from oneclick.cli.frame import Group


@click.group(cls=Group)
def warehouse() -> None:
    """Create, look at, rotate and delete warehouses."""
