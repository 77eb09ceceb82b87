"""`oneclick connector …`: Airbyte's connectors on this machine."""

import click

from oneclick.cli import output
from oneclick.cli.frame import Group
from oneclick.cli.operator import operator, organisation_option
from oneclick.cli.output import json_option


@click.group(cls=Group)
def connector() -> None:
    """List, install and remove Airbyte's connectors on this machine."""


@connector.command("list")
@click.argument("words", nargs=-1)
@click.option("--installed", "is_here", is_flag=True, help="Only those that are on this machine.")
@organisation_option
@json_option
def list_connectors(words: tuple[str, ...], is_here: bool, organisation: str, as_json: bool) -> None:
    """List connectors whose names have all WORDS."""
    principal = operator(organisation)
    from oneclick.pipelines import connectors

    found = [each for each in connectors.offered(principal, " ".join(words)) if each.installed or not is_here]
    rows = [
        {
            "name": each.connector.name,
            "title": each.connector.title,
            "version": each.installed.version if each.installed else each.connector.version,
            "is_tried": bool(each.connector.tried),
            "is_installed": each.installed is not None,
            "size_mb": each.installed.size_bytes >> 20 if each.installed else None,
        }
        for each in found
    ]
    if as_json:
        output.emit_json(rows)
        return
    output.table(
        ["Name", "Service", "Version", "Tried", "Installed", "MB"],
        [
            [row["name"], row["title"], row["version"], row["is_tried"], row["is_installed"], row["size_mb"]]
            for row in rows
        ],
        right=["MB"],
        empty="No connector has such a name.",
    )


@connector.command()
@click.argument("name")
@click.option("--version", default="", metavar="TEXT", help="The exact version.  [default: the one that was tried]")
@organisation_option
def install(name: str, version: str, organisation: str) -> None:
    """Install the connector NAME, which takes minutes."""
    principal = operator(organisation)
    from oneclick.pipelines import connectors

    with output.err_console().status(f"Installing {name}") as status:
        made = connectors.install_now(principal, name, version, on_step=lambda what: status.update(output.clean(what)))
    output.say(f"{name} {made.version} is installed: {made.size_bytes >> 20:,} MB in {output.duration(made.seconds)}.")
    output.note(f"→ Use it: oneclick flow create airbyte --set connector={name} --set version={made.version} …")


@connector.command()
@click.argument("name")
@click.argument("version")
@organisation_option
def remove(name: str, version: str, organisation: str) -> None:
    """Remove the connector NAME in VERSION from this machine, for everybody."""
    principal = operator(organisation)
    from oneclick.pipelines import connectors

    connectors.remove(name, version, actor=principal.label)
    output.say(f"{name} {version} is removed.")
