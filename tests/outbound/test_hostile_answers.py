"""Answers made to hurt whoever reads them: each is read, or refused with an error of ours, quickly."""

import gzip
import os
import time
from typing import Any

import pytest
import requests

from oneclick.outbound import session
from oneclick.outbound.errors import AnswerDamaged, AnswerTooLarge, OutboundError, RedirectRefused
from tests.outbound.conftest import Allow
from tests.outbound.servers import Answer, says, serving

pytestmark = pytest.mark.django_db
A_MEGABYTE = 1_000_000
PATIENCE_S = 3.0


def call(allow: Allow, answer: Answer, **options: Any) -> requests.Response:
    with serving(answer) as server, session("try it", timeout_s=5) as opened:
        allow(server.destination)
        began = time.monotonic()
        try:
            return opened.get(server.url, **options)
        finally:
            assert time.monotonic() - began < PATIENCE_S


def exactly(said: bytes) -> Answer:
    def answer(connection: Any, head: str) -> None:
        connection.sendall(said)
        connection.shutdown(2)

    return answer


@pytest.mark.parametrize("charset", ["punycode", "idna", "unicode_escape", "zlib", "rot13", "undefined", "no-such", ""])
def test_text_is_read_in_linear_time_whatever_it_claims_to_be(allow: Allow, charset: str) -> None:
    answer = call(allow, says(b"b" * 300_000, Content_Type=f"text/plain; charset={charset}"))

    began = time.monotonic()
    assert answer.text == "b" * 300_000
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    ("charset", "body"),
    [("utf-8", b"\xc3\xa4"), ("iso-8859-1", b"\xe4"), ("Windows-1252", b"\xe4"), ("UTF-16", b"\xff\xfe\xe4\0")],
)
def test_honest_text_is_read_as_what_it_is(allow: Allow, charset: str, body: bytes) -> None:
    assert call(allow, says(body, Content_Type=f"text/plain; charset={charset}")).text == "ä"


def test_what_isnt_text_isnt_guessed_at(allow: Allow) -> None:
    answer = call(allow, says(os.urandom(A_MEGABYTE)))

    assert answer.encoding is None
    assert answer.apparent_encoding == "utf-8"


@pytest.mark.parametrize("body", [b"[" * A_MEGABYTE, b'{"a":' * 200_000, b"9" * A_MEGABYTE, b"\x80" * 100, b""])
def test_json_that_cant_be_read_is_a_value_error(allow: Allow, body: bytes) -> None:
    answer = call(allow, says(body, Content_Type="application/json"))

    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


@pytest.mark.parametrize(
    "location",
    [
        b"http://\xff\xfe/",
        b"http://[::1",
        b"http://a:b:c/",
        b"http://[v1.x]/",
        b"http://a:99999999/",
        b"\xff",
        b"http://.",
    ],
)
def test_a_redirect_to_nonsense_is_refused(allow: Allow, location: bytes) -> None:
    with pytest.raises((RedirectRefused, OutboundError)):
        call(allow, exactly(b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n"))


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nabcdef",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabc\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 900_000 + b"\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999999\r\n\r\nabc",
        b"HTTP/1.1 99999999999 OK\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: " + b",".join([b"gzip"] * 1000) + b"\r\nContent-Length: 3\r\n\r\nabc",
    ],
)
def test_lengths_and_sizes_that_cant_be_are_refused(allow: Allow, said: bytes) -> None:
    with pytest.raises(AnswerDamaged):
        call(allow, exactly(said))


@pytest.mark.parametrize(
    "cookie", ["a=b; expires=" + " " * 60_000 + "x", "a=b; expires=" + "1-" * 30_000 + "x", 'a="' + "\\" * 60_000]
)
def test_cookies_made_to_be_slow_arent(allow: Allow, cookie: str) -> None:
    assert call(allow, says(b"ok", Set_Cookie=cookie)).text == "ok"


def test_thousands_of_empty_packings_are_read(allow: Allow) -> None:
    assert call(allow, says(gzip.compress(b"") * 40_000, Content_Encoding="gzip")).content == b""


def test_lines_are_within_the_limits_too(allow: Allow) -> None:
    bomb = gzip.compress(b"line\n" * 2_000_000)
    with serving(says(bomb, Content_Encoding="gzip")) as server, session("try it") as opened:
        allow(server.destination)
        with opened.get(server.url, stream=True) as answer, pytest.raises(AnswerTooLarge):
            for _ in answer.iter_lines():
                pass
