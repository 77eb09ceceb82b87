import contextlib
import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from oneclick.stack.ports import free_port

STREAMS = 20
MOST = 8 << 20


@dataclass
class Served:
    process: subprocess.Popen[bytes]
    port: int
    opened: contextlib.ExitStack

    def get(self, path: str, method: str = "GET", **options: Any) -> tuple[http.client.HTTPResponse, bytes]:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request(method, path, **options)
            response = connection.getresponse()
            return response, response.read()

    def send(self, request: bytes) -> socket.socket:
        connected = self.opened.enter_context(socket.create_connection(("127.0.0.1", self.port), timeout=20))
        connected.sendall(request)
        return connected


@pytest.fixture(scope="module")
def shared() -> Iterator[Served]:
    with _serve() as served:
        yield served


@pytest.fixture
def served() -> Iterator[Served]:
    with _serve() as served:
        yield served


@contextlib.contextmanager
def _serve() -> Iterator[Served]:
    port = free_port()
    program = Path(__file__).with_name("served_origin.py")
    with contextlib.ExitStack() as opened, subprocess.Popen([sys.executable, str(program), str(port)]) as process:
        try:
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                time.sleep(0.05)
            yield Served(process, port, opened)
        finally:
            process.kill()


def test_open_streams_do_not_hang_the_stop_and_a_page_is_finished(served: Served) -> None:
    streams = [served.send(b"GET /events/endless HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(STREAMS)]
    assert all(b"200 OK" in stream.recv(1024) for stream in streams)
    idle = served.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"200 OK" in idle.recv(1024)
    answers: list[tuple[int, bytes]] = []
    slow = threading.Thread(target=lambda: answers.append(_status(served, "/slow")))
    slow.start()
    time.sleep(0.3)

    asked = time.monotonic()
    served.process.send_signal(signal.SIGTERM)
    code = served.process.wait(timeout=10)
    took_s = time.monotonic() - asked
    slow.join()

    assert answers[0][0] == 200
    assert code == 0
    assert took_s < 5
    assert all(_is_ended(stream) for stream in streams)


def test_it_stops_at_once_when_nothing_is_open(served: Served) -> None:
    asked = time.monotonic()
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(timeout=10) == 0
    assert time.monotonic() - asked < 2


def test_a_stream_of_pages_arrives_in_order_and_whole(shared: Served) -> None:
    _, body = shared.get("/streamed")
    assert body == b"one two three"


def test_a_page_that_nobody_takes_any_more_is_closed_and_frees_its_thread(shared: Served) -> None:
    before = int(shared.get("/")[0].headers["X-Closed"])
    for _ in range(3):  # one more than there are threads
        connected = shared.send(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
        connected.recv(4096)
        connected.close()
    deadline = time.monotonic() + 15
    while int(shared.get("/")[0].headers["X-Closed"]) < before + 3 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert int(shared.get("/")[0].headers["X-Closed"]) >= before + 3


def test_it_says_that_it_lives_while_all_threads_are_busy(shared: Served) -> None:
    for _ in range(4):
        shared.send(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    asked = time.monotonic()
    response, body = shared.get("/healthz")
    assert (response.status, json.loads(body)) == (200, {"status": "ok"})
    assert time.monotonic() - asked < 1


@pytest.mark.parametrize(
    "begun", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nX: ", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"],
    ids=["nothing", "a word", "a half head", "one request"],
)  # fmt: skip
def test_a_connection_that_brings_no_request_is_closed(shared: Served, begun: bytes) -> None:
    connected = shared.send(begun)
    asked = time.monotonic()
    all_of(connected)
    assert time.monotonic() - asked < 6


def test_a_head_that_is_too_long_is_refused(shared: Served) -> None:
    connected = shared.send(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 1_000_000 + b"\r\n\r\n")
    assert b"431" in all_of(connected).splitlines()[0]


def test_hundreds_of_half_requests_keep_nobody_waiting(shared: Served) -> None:
    for _ in range(500):
        shared.send(b"GET / HT")
    asked = time.monotonic()
    assert shared.get("/")[0].status == 200
    assert time.monotonic() - asked < 3


def test_requests_that_come_at_once_are_answered_in_turn(shared: Served) -> None:
    ask = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    answers = all_of(shared.send(ask * 50))
    assert answers.count(b"HTTP/1.1 200") == 50


def test_slow_uploads_hold_no_thread_and_end_soon(shared: Served) -> None:
    slow = [shared.send(head(100) + b"abc") for _ in range(10)]
    response, _ = shared.get("/")
    assert response.status == 200
    asked = time.monotonic()
    assert all(b"408" in connected.recv(4096).splitlines()[0] for connected in slow)
    assert time.monotonic() - asked < 5


def test_a_big_body_that_stalls_or_trickles_is_refused_and_its_connection_closed(shared: Served) -> None:
    stalled = shared.send(head(MOST, "a") + b"abc")
    trickling = shared.send(head(MOST, "a"))
    with contextlib.suppress(OSError):
        for _ in range(30):
            trickling.sendall(b"x")
            time.sleep(0.1)
    assert all_of(stalled).endswith(b"body_stalled")
    assert b"body_stalled" in all_of(trickling)


def test_an_organisation_sends_only_so_many_bodies_at_once_and_others_do_not_notice(shared: Served) -> None:
    for _ in range(2):
        shared.send(head(MOST, "greedy") + b"abc")
    time.sleep(0.3)
    assert b"429" in all_of(shared.send(head(MOST, "greedy") + b"abc")).splitlines()[0]
    _, body = shared.get("/upload", "POST", body=b"x" * MOST, headers={"X-Organisation": "modest"})
    assert int(body) == MOST
    time.sleep(1.5)
    _, body = shared.get("/upload", "POST", body=b"x" * MOST, headers={"X-Organisation": "greedy"})
    assert int(body) == MOST


@pytest.mark.parametrize(
    ("size", "organisation", "status"), [(MOST + 1, "a", 413), (1 << 40, "a", 413), (MOST, "", 401)]
)
def test_a_big_body_is_refused_before_it_is_read(shared: Served, size: int, organisation: str, status: int) -> None:
    asked = time.monotonic()
    answer = all_of(shared.send(head(size, organisation)))
    assert str(status).encode() in answer.splitlines()[0]
    assert b"connection: close" in answer.lower()
    assert time.monotonic() - asked < 3


def test_whoever_sends_all_before_reading_still_sees_the_refusal(shared: Served) -> None:
    response, _ = shared.get("/upload", "POST", body=b"x" * (MOST + 1), headers={"X-Organisation": "a"})
    assert response.status == 413


def test_an_organisation_has_only_so_much_long_work_at_once(shared: Served) -> None:
    before = int(shared.get("/")[0].headers["X-Closed"])
    ask = b"GET /long/endless HTTP/1.1\r\nHost: x\r\nX-Organisation: greedy\r\n\r\n"
    taken = [shared.send(ask) for _ in range(2)]
    assert all(b"200" in connected.recv(64) for connected in taken)
    response, body = shared.get("/long/slow", headers={"X-Organisation": "greedy"})
    assert (response.status, body) == (429, b"too_many_requests")
    assert shared.get("/long/slow", headers={"X-Organisation": "modest"})[0].status == 200
    assert shared.get("/long/slow")[0].status == 401
    for connected in taken:
        connected.close()
    deadline = time.monotonic() + 15
    while int(shared.get("/")[0].headers["X-Closed"]) < before + 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert shared.get("/long/slow", headers={"X-Organisation": "greedy"})[0].status == 200


@pytest.mark.parametrize("size", [0, 10, 64 << 10, 1 << 20, 5 << 20])
def test_a_body_arrives_whole(shared: Served, size: int) -> None:
    _, body = shared.get("/upload", "POST", body=b"x" * size, headers={"X-Organisation": "a"})
    assert int(body) == size


@pytest.mark.parametrize("chunk", [b"ab", b"x" * 100_000])
def test_a_body_without_a_length_arrives_whole(shared: Served, chunk: bytes) -> None:
    _, body = shared.get("/upload", "POST", body=iter([chunk, chunk]), headers={"X-Organisation": "a"})
    assert int(body) == 2 * len(chunk)


def test_a_body_without_a_length_may_not_grow_beyond_the_bound(shared: Served) -> None:
    head = b"POST /upload HTTP/1.1\r\nHost: x\r\nX-Organisation: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    connected = shared.send(head)
    with contextlib.suppress(OSError):
        for _ in range(10):
            connected.sendall(b"100000\r\n" + b"x" * (1 << 20) + b"\r\n")
    assert b"413" in all_of(connected).splitlines()[0]


def test_a_short_streamed_page_holds_no_thread_for_its_client(shared: Served) -> None:
    _, body = shared.get("/short")
    assert len(body) == 65536


def test_a_page_that_fails_answers_500_and_the_next_one_works(shared: Served) -> None:
    assert shared.get("/broken")[0].status == 500
    assert shared.get("/")[0].status == 200


def test_a_query_that_is_not_ascii_reaches_the_page(shared: Served) -> None:
    connected = shared.send("GET /?q=é%20a HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert b"'QUERY_STRING': 'q=%C3%A9%20a'" in connected.recv(4096)


def test_a_header_spelled_with_underscores_does_not_pass_as_another(shared: Served) -> None:
    _, body = shared.get("/", headers={"X_Forwarded_For": "1.1.1.1", "X-Forwarded-For": "2.2.2.2"})
    assert b"2.2.2.2" in body
    assert b"1.1.1.1" not in body


def test_a_head_request_has_no_body(shared: Served) -> None:
    response, body = shared.get("/", "HEAD")
    assert response.status == 200
    assert body == b""


def head(length: int, organisation: str = "") -> bytes:
    """A request's, for a body of that length."""
    named = f"X-Organisation: {organisation}\r\n" if organisation else ""
    return f"POST /upload HTTP/1.1\r\nHost: x\r\n{named}Content-Length: {length}\r\n\r\n".encode()


def all_of(connected: socket.socket) -> bytes:
    """What comes until the server closes the connection."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while chunk := connected.recv(4096):
            received += chunk
    return received


def _status(served: Served, path: str) -> tuple[int, bytes]:
    response, body = served.get(path)
    return response.status, body


def _is_ended(stream: socket.socket) -> bool:
    """Whether the server said the end of the chunked response, and didn't just hang up."""
    received = b""
    while chunk := stream.recv(4096):
        received += chunk
    return received.endswith(b"0\r\n\r\n")
