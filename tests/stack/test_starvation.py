"""One organisation's long queries and stalled uploads don't keep the others waiting."""

import contextlib
import http.client
import json
import socket
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.stack.conftest import Installation

ENDLESS = "select count(*) from range(1000000000) a, range(1000000000) b where (a.range * b.range) % 7 = 3"
QUERIES = 40
STALLED = 60


@dataclass(frozen=True, kw_only=True)
class Caller:
    url: str
    token: str

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or 0

    def ask(self, method: str, path: str, body: object = None, *, patience_s: float = 90) -> tuple[int, Any]:
        with contextlib.closing(http.client.HTTPConnection(*self.address, timeout=patience_s)) as connection:
            headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
            connection.request(method, path, json.dumps(body) if body else None, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

    def stall(self, path: str) -> socket.socket:
        connected = socket.create_connection(self.address, timeout=30)
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.token}\r\n"
        connected.sendall(f"{head}Content-Type: text/plain\r\nContent-Length: 5000000\r\n\r\n".encode() + b"x" * 2000)
        return connected


@dataclass(frozen=True, kw_only=True)
class Two:
    reader: Caller
    admin: Caller
    other: Caller


@pytest.fixture
def two(installation: Installation) -> Two:
    """Two organisations, the first with a warehouse."""
    url = installation.up()["url"]

    def run(*arguments: str) -> Any:
        done = installation.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def caller(role: str, organisation: str) -> Caller:
        made = run("token", "create", f"{role} of {organisation}", "--role", role, "--organisation", organisation)
        return Caller(url=url, token=made["token"])

    for name in ("First", "Other"):
        run("organisation", "create", name)
    run("warehouse", "create", "sales", "--organisation", "First")
    return Two(reader=caller("reader", "First"), admin=caller("admin", "First"), other=caller("reader", "Other"))


def test_others_are_answered_while_one_asks_for_all(two: Two) -> None:
    answers: Counter[int] = Counter()

    def query() -> None:
        status, _ = two.reader.ask("POST", "/api/warehouses/sales/query", {"sql": ENDLESS, "timeout_s": 10})
        answers[status] += 1

    asking = [threading.Thread(target=query) for _ in range(QUERIES)]
    for thread in asking:
        thread.start()
    with contextlib.ExitStack() as opened:
        refused = [opened.enter_context(two.reader.stall("/api/warehouses/sales/load")) for _ in range(STALLED)]
        stalled = [opened.enter_context(two.admin.stall("/api/warehouses/sales/load")) for _ in range(STALLED)]
        time.sleep(2)

        took_s = [_seconds(lambda: two.other.ask("GET", "/healthz")) for _ in range(5)]
        assert max(took_s) < 2, took_s
        took_s = [_seconds(lambda: two.other.ask("GET", "/api/warehouses")) for _ in range(5)]
        assert max(took_s) < 5, took_s
        assert two.other.ask("GET", "/readyz")[0] == 200

        assert all(b" 403 " in connected.recv(2000) for connected in refused)
        ended = Counter(connected.recv(2000).split(b" ", 2)[1] for connected in stalled)
        assert ended.keys() == {b"408", b"429"}, ended
    for thread in asking:
        thread.join()
    assert answers.keys() == {422, 429}, answers
    assert answers[422] <= 6
    assert two.reader.ask("POST", "/api/warehouses/sales/query", {"sql": "select 1"})[0] == 200


def _seconds(ask: Any) -> float:
    began = time.monotonic()
    assert ask()[0] == 200
    return time.monotonic() - began
