"""Under which names the installation answers.

A stranger's page could otherwise have its own name lead to us and read what we answer (DNS rebinding), and links that
we write could be made to lead elsewhere.
"""

import socket
from urllib.parse import urlsplit

import psutil

from oneclick.project.environment import Environment

LOOPBACK = ("localhost", ".localhost", "127.0.0.1", "[::1]")
EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - recognised, not bound


def allowed_hosts(environment: Environment) -> list[str]:
    """Loopback names, whatever we listen on, the host that people type, and what the operator adds; with any port."""
    external = urlsplit(
        environment.external_url if "//" in environment.external_url else f"//{environment.external_url}"
    )
    found = [*LOOPBACK, *_bound(environment.bind), external.hostname or "localhost", *environment.allowed_hosts]
    return sorted({_in_brackets(name.lower()) for name in found})


def _bound(address: str) -> list[str]:
    if address not in EVERY_ADDRESS:
        return [address]
    own = [found.address for card in psutil.net_if_addrs().values() for found in card]
    return [socket.gethostname(), *(name for name in own if _is_ip(name))]


def _is_ip(text: str) -> bool:
    return any(_reads(family, text) for family in (socket.AF_INET, socket.AF_INET6))


def _reads(family: socket.AddressFamily, text: str) -> bool:
    try:
        socket.inet_pton(family, text)
    except OSError:
        return False
    return True


def _in_brackets(name: str) -> str:
    return f"[{name}]" if ":" in name and not name.startswith("[") else name
