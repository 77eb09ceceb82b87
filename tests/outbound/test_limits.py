"""Servers that take too long or send too much: every call ends in bounded time and memory."""

import gzip
import socket
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any

import pytest

from oneclick.outbound import session
from oneclick.outbound.addresses import Address
from oneclick.outbound.errors import AnswerTooLarge, AnswerTooSlow, DestinationUnreachable, OutboundError
from tests.outbound.conftest import Allow
from tests.outbound.servers import Answer, by_path, message, redirects, says, serving

pytestmark = pytest.mark.django_db
PATIENCE_S = 0.5
MARGIN_S = 1.0
LIMIT = 10_000
TEN_MB = 10_000_000


def silent(connection: socket.socket, head: str) -> None:
    """Says nothing until the test is over."""
    while connection.fileno() >= 0:
        time.sleep(0.01)


def dripping(*parts: bytes, every_s: float = 0.05) -> Answer:
    """Sends some bytes, then one at a time for ever."""

    def answer(connection: socket.socket, head: str) -> None:
        connection.sendall(b"".join(parts))
        while True:
            connection.sendall(b"x")
            time.sleep(every_s)

    return answer


def endless(start: bytes, again: bytes) -> Answer:
    def answer(connection: socket.socket, head: str) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(again)

    return answer


@contextmanager
def bounded() -> Iterator[None]:
    """What happens inside ends soon after the deadline."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < PATIENCE_S + MARGIN_S


def read(allow: Allow, answer: Answer, *, max_bytes: int = LIMIT, **options: Any) -> bytes:
    with serving(answer) as server, session("try it", timeout_s=PATIENCE_S, max_bytes=max_bytes) as opened:
        allow(server.destination)
        return opened.get(server.url, **options).content


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(silent, id="says nothing"),
        pytest.param(dripping(), id="drips its first line"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\nX: "), id="drips a header"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"), id="drips its body"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\n\r\n"), id="drips a body without length"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFF\r\n"), id="drips a chunk"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), id="drips a chunk's size"),
        pytest.param(dripping(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 "), id="lets us continue"),
    ],
)
def test_the_whole_call_ends_in_time(allow: Allow, answer: Answer) -> None:
    with bounded(), pytest.raises(AnswerTooSlow, match=r"longer than the 0\.5 seconds"):
        read(allow, answer)


def test_redirects_share_the_time(allow: Allow) -> None:
    def late(connection: socket.socket, head: str) -> None:
        time.sleep(0.2)
        redirects("/again")(connection, head)

    with bounded(), pytest.raises(AnswerTooSlow):
        read(allow, late)


def test_a_streamed_answer_has_the_same_time(allow: Allow) -> None:
    slow = dripping(b"HTTP/1.1 200 OK\r\n\r\n")
    with serving(slow) as server, session("try it", timeout_s=PATIENCE_S, max_bytes=LIMIT) as opened:
        allow(server.destination)
        with bounded(), opened.get(server.url, stream=True) as answer, pytest.raises(AnswerTooSlow):
            list(answer.iter_content(1))


def test_the_callers_own_shorter_time_counts(allow: Allow) -> None:
    with serving(silent) as server, session("try it", timeout_s=60) as opened:
        allow(server.destination)
        with bounded(), pytest.raises(AnswerTooSlow, match=r"0\.1 seconds"):
            opened.get(server.url, timeout=0.1)


def test_a_server_that_reads_slowly_doesnt_hold_us(allow: Allow) -> None:
    with serving(silent) as server, session("try it", timeout_s=PATIENCE_S) as opened:
        allow(server.destination)
        with bounded(), pytest.raises(AnswerTooSlow):
            opened.post(server.url, data=b"x" * 50_000_000)


def test_name_servers_that_dont_answer_are_given_up() -> None:
    def unanswered(name: str, *, timeout_s: float) -> list[Address]:
        time.sleep(timeout_s)
        return [ip_address("93.184.216.34")]

    with session("try it", timeout_s=0.1, resolver=unanswered) as opened, bounded(), pytest.raises(AnswerTooSlow):
        opened.get("http://slow.example/")


def test_a_host_that_doesnt_take_connections_is_given_up(allow: Allow) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(8)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        port = full.getsockname()[1]
        allow(f"127.0.0.1:{port}")
        unanswered = pytest.raises(DestinationUnreachable, match="doesn't answer")
        with session("try it", timeout_s=PATIENCE_S) as opened, bounded(), unanswered:
            opened.get(f"http://127.0.0.1:{port}/")
        for each in waiting:
            each.close()


# -- size --------------------------------------------------------------------------------------------------------------


def test_a_body_that_just_fits_is_read(allow: Allow) -> None:
    assert read(allow, says(b"x" * LIMIT)) == b"x" * LIMIT


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(says(b"x" * (LIMIT + 1)), id="one byte too long"),
        pytest.param(says(b"x" * TEN_MB), id="10 MB"),
        pytest.param(endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536), id="without end"),
        pytest.param(
            endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"x" * 4096 + b"\r\n"),
            id="chunks without end",
        ),
        pytest.param(endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), id="continues without end"),
        pytest.param(says(gzip.compress(b"x" * TEN_MB), Content_Encoding="gzip"), id="packed"),
        pytest.param(says(zlib.compress(b"x" * TEN_MB), Content_Encoding="deflate"), id="deflated"),
        pytest.param(says(gzip.compress(gzip.compress(b"x" * TEN_MB)), Content_Encoding="gzip, gzip"), id="twice"),
    ],
)
def test_more_than_we_take_is_refused(allow: Allow, answer: Answer) -> None:
    with bounded(), pytest.raises(AnswerTooLarge, match=r"more than the 10,000 bytes"):
        read(allow, answer)


def test_a_header_without_end_is_refused(allow: Allow) -> None:
    with bounded(), pytest.raises(OutboundError):
        read(allow, endless(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 65536))


@pytest.mark.parametrize("chunk", [None, 1 << 30])
def test_a_bomb_isnt_unpacked_into_memory_however_it_is_read(allow: Allow, chunk: int | None) -> None:
    bomb = gzip.compress(bytes(200_000_000))
    with serving(says(bomb, Content_Encoding="gzip")) as server, session("try it", max_bytes=TEN_MB) as opened:
        allow(server.destination)
        with opened.get(server.url, stream=True) as answer:
            tracemalloc.start()
            with pytest.raises(AnswerTooLarge):
                for _ in answer.iter_content(chunk):
                    pass
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()

    assert peak < 5_000_000


def test_a_bomb_in_chunks_isnt_unpacked_into_memory(allow: Allow) -> None:
    bomb = gzip.compress(bytes(200_000_000))
    body = f"{len(bomb):x}\r\n".encode() + bomb + b"\r\n0\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    with serving(lambda connection, _: connection.sendall(head + body)) as server:
        allow(server.destination)
        with session("try it", timeout_s=20, max_bytes=TEN_MB) as opened:
            tracemalloc.start()
            with pytest.raises(AnswerTooLarge):
                opened.get(server.url)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()

    assert peak < 2 * TEN_MB


def test_bodies_on_the_way_arent_read(allow: Allow) -> None:
    onward = message(b"x" * TEN_MB, status="302 Found", Location="/end")
    answers = by_path({"/": lambda connection, head: connection.sendall(onward), "/end": says(b"end")})
    with serving(answers) as server, session("try it", max_bytes=LIMIT) as opened:
        allow(server.destination)

        assert opened.get(f"{server.url}/").text == "end"


def test_each_call_has_limits_of_its_own(allow: Allow) -> None:
    with serving(says(b"x" * LIMIT)) as server, session("try it", max_bytes=LIMIT) as opened:
        allow(server.destination)
        for _ in range(60):
            assert len(opened.get(server.url).content) == LIMIT
