"""The `oneclick` command, thin over services."""

import click


@click.group()
def main() -> None:
    """One-Click DWH: a data warehouse, after one click."""
