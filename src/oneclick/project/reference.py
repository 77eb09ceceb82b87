"""Writes the pages of the reference that follow from the code: `python -m oneclick.project.reference [FOLDER]`."""

import importlib
import os
import pkgutil
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import oneclick
from oneclick.core.environment import Setting
from oneclick.core.errors import EXIT_CODE_OF_KIND, ErrorKind, OneClickError

FOLDER = Path("docs/reference")
_NOT_LOOKED_INTO = re.compile(r"\.(migrations|testing|__main__|asgi|wsgi)\b")
_NO_VALUE = "\0"


def settings_page() -> str:
    """Every setting: what it does, what it takes, what holds without it."""
    from oneclick.project.environment import SETTINGS

    return _page("settings.md", _SETTINGS_INTRODUCTION, *[_setting(setting) for setting in SETTINGS])


def errors_page() -> str:
    """Every error that a person may see, by the room that it comes from."""
    from oneclick.warehouses.contract.errors import TransientError
    from oneclick.web.rest import STATUS_OF_KIND

    kinds = [
        f"| {kind.value} | {STATUS_OF_KIND[kind]} | {EXIT_CODE_OF_KIND[kind]} |"
        for kind in sorted(ErrorKind, key=lambda kind: (EXIT_CODE_OF_KIND[kind], STATUS_OF_KIND[kind]))
    ]
    parts = [_ERRORS_INTRODUCTION, "\n".join([_KINDS_HEAD, *kinds])]
    for room, errors in _errors_by_room().items():
        parts.append(f"## {room}")
        for error in errors:
            status, code = STATUS_OF_KIND[error.kind], EXIT_CODE_OF_KIND[error.kind]
            again = " · tried again by itself" if issubclass(error, TransientError) else ""
            advice = [f"**What to do now.** {_plain(error.hint)}"] if error.hint else []
            parts += [f"### `{error.code}`", _plain(_sentence(error)), *advice]
            parts.append(f"HTTP {status} · exit code {code}{again}")
    return _page("errors.md", *parts)


def permissions_page() -> str:
    """Which role may do what."""
    from oneclick.accounts.roles import GRANTS, OPERATOR_MAY, Permission, Role

    head = [
        "| | Scope | " + " | ".join(str(role.label) for role in Role) + " |",
        "|---|---" + "|:---:" * len(Role) + "|",
    ]
    rows = [
        f"| {_capitalised(str(permission.label))} | `{permission.value}` | "
        + " | ".join("yes" if permission in GRANTS[role] else "no" for role in Role)
        + " |"
        for permission in Permission
    ]
    operator = "\n".join([_OPERATOR_INTRODUCTION, *(f"- {_capitalised(may)}." for may in OPERATOR_MAY)])
    return _page("permissions.md", _PERMISSIONS_INTRODUCTION, "\n".join([*head, *rows]), operator)


def audit_actions_page() -> str:
    """What the audit log calls the things that happen."""
    from oneclick.audit.actions import ACTIONS

    head = "| Action | What happened |\n|---|---|"
    rows = [f"| `{name}` | {_plain(meaning)} |" for name, meaning in sorted(ACTIONS.items())]
    return _page("audit-actions.md", _ACTIONS_INTRODUCTION, "\n".join([head, *rows]))


PAGES: Mapping[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "errors.md": errors_page,
    "permissions.md": permissions_page,
    "audit-actions.md": audit_actions_page,
}


def all_errors() -> list[type[OneClickError]]:
    """Every error of ours, room by room. Imports all of our modules."""
    for module in pkgutil.walk_packages(oneclick.__path__, f"{oneclick.__name__}."):
        if not _NOT_LOOKED_INTO.search(module.name):
            importlib.import_module(module.name)
    ours = {error for error in _descendants(OneClickError) if error.__module__.startswith(f"{oneclick.__name__}.")}
    return sorted(ours, key=lambda error: (error.__module__.split(".")[1], error.code, error.__qualname__))


def main(arguments: list[str]) -> None:
    """Write all pages into the folder."""
    folder = Path(arguments[0]) if arguments else FOLDER
    with tempfile.TemporaryDirectory(prefix="oneclick-reference-") as home:
        # Settings make keys in the home folder on first use; documentation needs neither yours nor its keys.
        os.environ["ONECLICK_HOME"] = home
        os.environ["DJANGO_SETTINGS_MODULE"] = "oneclick.project.settings"
        import django

        django.setup()
        for name, page in PAGES.items():
            (folder / name).write_text(page(), encoding="utf-8")


# -- the parts -------------------------------------------------------------------------------------------------


def _setting(setting: Setting[Any]) -> str:
    accepted = _accepted(setting)
    facts = [f"Default: {_default(setting)}.", *([f"{accepted}."] if accepted else [])]
    if setting.secret:
        facts.append("Secret: never shown, never logged.")
    return f"## `{setting.name}`\n\n{_plain(setting.help)}\n\n{' '.join(facts)}"


def _accepted(setting: Setting[Any]) -> str:
    """Such as "It must be a whole number": heard from the reader's refusal; empty where it takes any text."""
    try:
        setting.parse(_NO_VALUE)
    except ValueError as refusal:
        return _plain(_capitalised(str(refusal)))
    return ""


def _default(setting: Setting[Any]) -> str:
    if setting.shown_default:
        return _plain(setting.shown_default)
    if isinstance(setting.default, bool):
        return "yes" if setting.default else "no"
    return f"`{setting.default}`"


def _errors_by_room() -> dict[str, list[type[OneClickError]]]:
    rooms: dict[str, list[type[OneClickError]]] = {}
    for error in all_errors():
        rooms.setdefault(_ROOMS[error.__module__.split(".")[1]], []).append(error)
    return rooms


def _descendants(root: type[OneClickError]) -> Iterator[type[OneClickError]]:
    for child in root.__subclasses__():
        yield child
        yield from _descendants(child)


def _sentence(error: type[OneClickError]) -> str:
    return (error.__doc__ or "").strip().split("\n")[0]


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _plain(text: str) -> str:
    """Text as it is: Markdown sees no tags and no table borders in it."""
    return re.sub(r"([<>|*])", r"\\\1", text)


def _page(name: str, *parts: str) -> str:
    made = f"<!-- {name} is written by `python -m oneclick.project.reference`. Change the code, not this page. -->"
    return "\n\n".join([made, *parts]) + "\n"


_ROOMS: Mapping[str, str] = {
    "accounts": "Organisations and access",
    "audit": "Audit log",
    "billing": "Plans",
    "cli": "Command line",
    "core": "Settings",
    "demo": "Demo",
    "duck": "DuckDB",
    "notifications": "E-mail",
    "onboarding": "Setting up a warehouse",
    "outbound": "Outgoing connections",
    "pipelines": "Bringing in data",
    "project": "Installation",
    "provisioning": "Jobs",
    "queries": "Queries",
    "secret_store": "Secrets",
    "stack": "Processes",
    "warehouses": "Warehouses and their providers",
    "web": "REST API",
}
"""A heading for each room that has errors: a new room needs one, too."""

_SETTINGS_INTRODUCTION = """\
# Settings

Everything that can be set is an environment variable; there is no settings file. `oneclick up` reads them once, when
it starts.

- **From a file.** For each name, `NAME_FILE` may hold the path of a file with the value, which suits secrets.
- **Mistakes are refused.** A value that can't be used, or an `ONECLICK_…` name that doesn't exist, stops the start and
  says what was probably meant."""

_ERRORS_INTRODUCTION = """\
# Errors

Each error says what happened and why, what to do now, and a **code**. Codes are stable: programs may depend on
them. The sentences may become clearer, and where an error is raised they are often more exact than here, and say what
to do where this page doesn't. The code `internal_error` stands for a fault of ours; the log says what happened.

The REST API answers with the code, the message and the hint (see
[Use the REST API](../how-to/use-the-rest-api.md)). The command line prints message and hint, or all of it with
`--json`, and ends with an exit code. A job keeps the error that it ended with.

What sort of answer an error is decides the HTTP status and the exit code:"""

_KINDS_HEAD = "| Kind of answer | HTTP status | Exit code |\n|---|---|---|"

_ACTIONS_INTRODUCTION = """\
# Actions in the audit log

What `oneclick audit list` and the REST API call the things that happen: a noun, and what was done with it. Names are
stable: programs may filter by them. Each event also says who (`actor`), of what (`target`) and more (`detail`)."""

_PERMISSIONS_INTRODUCTION = """\
# Roles and permissions

A member of an organisation has one role. Pages, REST API, command line and jobs ask this one table, at each request and
again when a job starts: somebody whose role was lowered, or who was removed, loses the right at once.

An API token may do at most what its owner may at that moment, and of that only what its *scopes* name. Whoever runs the
command line on the machine itself acts as *operator*, with the rights of an admin; each action is written to the audit
log under the name of the system user.

Somebody else's objects are *not found*, whatever the role."""

_OPERATOR_INTRODUCTION = """\
## Operators

Being an operator is a right of the installation and apart from roles: an admin isn't one, and an operator has no
rights in an organisation by it. It is given by `oneclick operator grant`, and no API token carries it. What concerns
the whole installation is done on the command line of its machine; who is an operator and an admin may besides:
"""


if __name__ == "__main__":
    main(sys.argv[1:])
