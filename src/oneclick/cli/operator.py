"""Who acts on the command line: the system's user, as an admin of one organisation, always audited."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from oneclick.cli.django import setup

if TYPE_CHECKING:
    from oneclick.accounts.roles import Principal

F = TypeVar("F", bound=Callable[..., Any])


def organisation_option(command: F) -> F:
    """`--organisation`, handed to the command as `organisation`; pass it to `operator`."""
    return click.option(
        "--organisation", default="", metavar="NAME", help="Whose it is, where there are several organisations."
    )(command)


def operator(organisation: str = "") -> "Principal":
    """The principal of this command in the named organisation, or in the only one. Makes Django usable."""
    setup()
    from oneclick.accounts import queries, services

    if organisation:
        found = queries.organisation(organisation)
    else:
        found = services.ensure_default_organisation(actor=services.operator_label())
    return services.operator_principal(found)
