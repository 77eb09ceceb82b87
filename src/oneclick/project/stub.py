"""The demo's stub identity provider as a process: it knows four people and asks for no password.

Whoever can reach it can sign in as anybody. So it listens on 127.0.0.1, runs only where the demo asked for it, and an
installation that knows it refuses to be reached from elsewhere.
"""

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from oneclick.core.secrets import SecretText
from oneclick.stack.errors import DatabaseUnreachable, StubExposed
from oneclick.stack.files import write_private
from oneclick.stack.ports import free_port, is_free
from oneclick.stack.supervisor import Service

if TYPE_CHECKING:
    from werkzeug.serving import BaseWSGIServer

USUAL_PORT = 9400
PORT_NAME = "ONE_CLICK_STUB_PORT"
_ASK = "SELECT count(*) FROM sign_in_identityprovider WHERE kind = 'stub'"


@dataclass(frozen=True, kw_only=True)
class StubPerson:
    """Somebody whom the stub knows."""

    name: str
    claims: Mapping[str, object]


def people() -> Sequence[StubPerson]:
    """Three members of one organisation, and an admin of another."""
    return (
        _person("admin", "Ada Admin", "admin@example.com", "admins"),
        _person("member", "Max Member", "member@example.com", "members"),
        _person("reader", "Rita Reader", "reader@example.com", "readers"),
        _person("outsider", "Otto Outsider", "outsider@elsewhere.example", "elsewhere"),
    )


def port_file(home: Path) -> Path:
    """Where the demo keeps the stub's port; as long as it is there, the stub runs."""
    return home / "demo" / "identity.port"


def ask_for_stub(home: Path, *, bind: str, external_url: str) -> bool:
    """Let the stub run with the stack from the next start on; whether it may: not where other machines reach us."""
    if find_spec("oidc_provider_mock") is None or not is_private(bind, external_url):
        return False
    file = port_file(home)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    known = int(file.read_text()) if file.exists() else USUAL_PORT
    write_private(file, str(known if is_free(known) else free_port()))
    return True


def stub_services(home: Path) -> list[Service]:
    """The stub as a service, where the demo asked for it and its port is free."""
    file = port_file(home)
    if not file.exists() or find_spec("oidc_provider_mock") is None or not is_free(int(file.read_text())):
        return []
    port = file.read_text().strip()
    return [Service(name="identity", target="oneclick.project.stub:main", settings={PORT_NAME: port})]


def is_private(bind: str, external_url: str) -> bool:
    """Whether this machine alone reaches the installation."""
    host = urlsplit(external_url).hostname or ""
    return _is_loopback(bind) and (not external_url or _is_loopback(host))


def refuse_exposed_stub(database_url: SecretText, *, bind: str, external_url: str) -> None:
    """Raise `StubExposed` where a stub is set up and other machines can reach this installation."""
    if is_private(bind, external_url):
        return
    import psycopg

    try:
        with psycopg.connect(database_url.reveal(), connect_timeout=5) as connection:
            found = connection.execute(_ASK).fetchone()
    except psycopg.errors.UndefinedTable:
        return  # nothing was ever set up
    except psycopg.OperationalError as exc:
        raise DatabaseUnreachable("Our own database can't be asked whether the demo's sign-in is set up.") from exc
    if found and found[0]:
        raise StubExposed


def main() -> None:
    """Serve until SIGTERM."""
    os.nice(10)  # it comes up beside everything that matters
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # else its log holds codes and states
    stub_server(int(os.environ[PORT_NAME])).serve_forever()


def stub_server(port: int) -> "BaseWSGIServer":
    """The stub on that port of loopback, ready to serve."""
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    from oidc_provider_mock import User, app
    from werkzeug.serving import make_server

    known = [User(sub=person.name, claims=dict(person.claims)) for person in people()]
    return make_server("127.0.0.1", port, app(user_claims=known, require_nonce=True), threaded=True)


def _person(name: str, full_name: str, email: str, group: str) -> StubPerson:
    claims = {"name": full_name, "email": email, "email_verified": True, "groups": [group]}
    return StubPerson(name=name, claims=claims)


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
