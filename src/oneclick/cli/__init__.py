"""The `oneclick` command, thin over services.

Nothing but click is imported here: each command is loaded when it is called, and `oneclick --help` reads this table
alone.
"""

from collections.abc import Mapping

import click

from oneclick.cli.frame import LazyGroup

COMMANDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "The stack": {
        "up": ("oneclick.cli.stack:up", "Start everything and print the address."),
        "down": ("oneclick.cli.stack:down", "Stop everything."),
        "status": ("oneclick.cli.stack:status", "Say what runs, since when, and where."),
        "logs": ("oneclick.cli.stack:logs", "Show what the services wrote."),
        "demo": ("oneclick.cli.demo:demo", "Show the whole chain on a real file."),
        "doctor": ("oneclick.cli.stack:doctor", "Find what is wrong and say how to mend it."),
    },
    "Warehouses": {
        "warehouse": ("oneclick.cli.warehouses:warehouse", "Create, look at, repair, rotate and delete warehouses."),
        "account": ("oneclick.cli.account_links:account", "Connect accounts in which warehouses can be set up."),
        "job": ("oneclick.cli.jobs:job", "Follow, retry and cancel the changes that were asked for."),
    },
    "Data": {
        "flow": ("oneclick.cli.flows:flow", "Bring in data from databases and other sources, on a schedule."),
        "connector": ("oneclick.cli.connectors:connector", "List, install and remove Airbyte's connectors."),
        "load": ("oneclick.cli.load:load", "Load a file into a table."),
        "query": ("oneclick.cli.query:query", "Run read-only SQL and print or save the rows."),
    },
    "Administration": {
        "organisation": ("oneclick.cli.accounts:organisation", "List, make and choose organisations."),
        "member": ("oneclick.cli.team:member", "List, invite, change and remove members."),
        "operator": ("oneclick.cli.team:operator", "Say who is an operator of the installation."),
        "admin": ("oneclick.cli.sign_in:admin", "Make an admin who needs no identity provider."),
        "sign-in": ("oneclick.cli.sign_in:sign_in", "List, relax and remove identity providers."),
        "plan": ("oneclick.cli.plan:plan", "Show the plans, and choose one."),
        "token": ("oneclick.cli.accounts:token", "Make, list and revoke tokens for the REST API."),
        "audit": ("oneclick.cli.audit:audit", "Read the audit log and check that nobody changed it."),
        "secrets": ("oneclick.cli.secrets:secrets", "Look after the key of the secret store."),
        "outbound": ("oneclick.cli.outbound:outbound", "Say which private addresses may be connected to."),
        "mail": ("oneclick.cli.mail:mail", "Try the mail server that notifications are sent through."),
        "seed": ("oneclick.cli.accounts:seed", "Make a sample organisation with users."),
    },
}
"""Heading → command → where it is ("module:attribute") and what `oneclick --help` says about it."""

EPILOG = """\b
Start here:
  oneclick up                       start everything and print the address
  oneclick admin invite E-MAIL      print a link that makes the first admin
  oneclick warehouse create sales   set up a warehouse
  oneclick load sales.csv           bring in a file
  oneclick query "SELECT count(*) FROM raw.sales"
"""


@click.group(cls=LazyGroup, commands_by_heading=COMMANDS, epilog=EPILOG)
@click.version_option(package_name="one-click-dwh", prog_name="oneclick", message="%(prog)s %(version)s")
def main() -> None:
    """A data warehouse in your own account, with data flowing in and a dashboard on it, after one click."""
