"""An API of somebody else's, on this machine's loopback, which an operator has allowed."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from oneclick.outbound.destinations import parse
from tests.pipelines.templates.api_ingestion.stub import Answer, Shop, Stub, record, serving

Serve = Callable[[Answer], Stub]


@pytest.fixture
def serve(settings: Any) -> Iterator[Serve]:
    """Start a server that answers so, and allow it."""
    with ExitStack() as opened:

        def start(answer: Answer) -> Stub:
            stub = opened.enter_context(serving(answer))
            settings.ONECLICK_OUTBOUND_ALLOW = [*settings.ONECLICK_OUTBOUND_ALLOW, parse(stub.destination)]
            return stub

        yield start


@pytest.fixture
def orders() -> Shop:
    """120 orders in pages of 50."""
    return Shop(records=[record(number) for number in range(1, 121)])


@pytest.fixture
def stub(serve: Serve, orders: Shop) -> Stub:
    """The shop's server."""
    return serve(orders)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait shorter before each further try."""
    monkeypatch.setattr("oneclick.pipelines.templates.api_ingestion.fetching.FIRST_PAUSE_S", 0.005)
