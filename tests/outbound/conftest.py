"""What the guard is tried with: a list to write on, and name servers of the test's own."""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address

import psutil
import pytest

from oneclick.outbound import services
from oneclick.outbound.addresses import Address
from oneclick.outbound.errors import DestinationUnreachable
from oneclick.outbound.services import From

Allow = Callable[[str], None]
Interface = Callable[[str], None]


@dataclass(kw_only=True)
class Names:
    """A resolver. A name with several answers gives the next one at each question: DNS rebinding."""

    answers: dict[str, list[Sequence[str]]]
    asked: list[str] = field(default_factory=list)

    def __call__(self, name: str, *, timeout_s: float) -> Sequence[Address]:
        self.asked.append(name)
        known = self.answers.get(name)
        if not known:
            raise DestinationUnreachable(f"There is no host called {name}.")
        found = known.pop(0) if len(known) > 1 else known[0]
        return [ip_address(each) for each in found]


def names(**answers: str) -> Names:
    """Each name with its addresses, separated by commas; `_` stands for a dot."""
    return Names(answers={name.replace("_", "."): [found.split(",")] for name, found in answers.items()})


@pytest.fixture
def allow(db: None) -> Allow:
    """Put something on the list, as the operator at the machine."""

    def put(destination: str) -> None:
        services.allow(destination, actor="operator:test", sitting=From.COMMAND_LINE)

    return put


@pytest.fixture
def interface(monkeypatch: pytest.MonkeyPatch) -> Interface:
    """Give this machine another address, as far as anybody can tell."""
    real = psutil.net_if_addrs()

    def add(address: str) -> None:
        like = next(each for found in real.values() for each in found if each.family is socket.AF_INET)
        monkeypatch.setattr("psutil.net_if_addrs", lambda: real | {"added": [like._replace(address=address)]})

    return add
