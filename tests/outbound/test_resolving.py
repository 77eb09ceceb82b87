"""Asking the system for a name's addresses, however long the system takes."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from oneclick.outbound.errors import DestinationUnreachable
from oneclick.outbound.resolving import AT_ONCE, resolve


@pytest.fixture
def silent_name_servers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """They answer when the test is over."""
    over = threading.Event()

    def wait(*_: Any, **__: Any) -> list[Any]:
        over.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    yield
    over.set()
    for thread in threading.enumerate():
        if thread.name == "outbound lookup":
            thread.join()


def test_every_address_comes_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        (socket.AF_INET6, 1, 6, "", ("2606:2800:220:1::1", 0, 0, 0)),
        (socket.AF_INET, 1, 6, "", ("93.184.216.34", 0)),
        (socket.AF_INET, 1, 6, "", ("93.184.216.34", 0)),
        (socket.AF_INET6, 1, 6, "", ("fe80::1%eth0", 0, 0, 3)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    assert [str(each) for each in resolve("example.com", timeout_s=1)] == [
        "2606:2800:220:1::1",
        "93.184.216.34",
        "fe80::1%eth0",
    ]


def test_the_systems_own_names_are_found() -> None:
    assert "127.0.0.1" in [str(each) for each in resolve("localhost", timeout_s=5)]


@pytest.mark.parametrize("error", [socket.gaierror(-2, "unknown"), OSError("no"), UnicodeError("label too long")])
def test_a_name_that_isnt_there_is_unreachable(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", refuse)

    with pytest.raises(DestinationUnreachable, match=r"no host called example\.com"):
        resolve("example.com", timeout_s=1)


def test_name_servers_that_dont_answer_dont_hold_us(silent_name_servers: None) -> None:
    began = time.monotonic()
    with pytest.raises(DestinationUnreachable, match="the name servers don't answer"):
        resolve("example.com", timeout_s=0.1)

    assert time.monotonic() - began < 1


def test_lookups_that_hang_are_bounded_in_number(silent_name_servers: None) -> None:
    for _ in range(AT_ONCE + 5):
        with pytest.raises(DestinationUnreachable):
            resolve("example.com", timeout_s=0.01)

    assert sum(thread.name == "outbound lookup" for thread in threading.enumerate()) <= AT_ONCE
