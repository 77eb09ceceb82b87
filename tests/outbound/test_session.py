"""Calls over HTTP: who is reached, and what goes along."""

import json
import traceback
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.auth import HTTPBasicAuth

from oneclick.core.ids import new_id
from oneclick.outbound import session
from oneclick.outbound.errors import (
    BadAddress,
    BadDestination,
    DestinationRefused,
    DestinationUnreachable,
    OutboundError,
)
from oneclick.outbound.http import OTHER_PROTOCOLS
from tests.outbound.conftest import Allow, Names, names
from tests.outbound.servers import by_path, has_address, message, says, serving

pytestmark = pytest.mark.django_db


def call(url: str, *, resolver: Names | None = None, **options: Any) -> requests.Response:
    with session("try it", timeout_s=5, resolver=resolver) as opened:
        return opened.get(url, **options)


def test_it_reads_an_answer(allow: Allow) -> None:
    with serving(says(b'{"issuer": "x"}', Content_Type="application/json")) as server:
        allow(server.destination)

        answer = call(f"{server.url}/.well-known?a=b")

    assert answer.json() == {"issuer": "x"}
    assert server.paths == ["/.well-known?a=b"]


@pytest.mark.skipif(not has_address("::1"), reason="this machine has no IPv6")
def test_it_reads_an_answer_over_ipv6(allow: Allow) -> None:
    with serving(says(b"six"), address="::1") as server:
        allow(server.destination)

        assert call(server.url).text == "six"


def test_it_posts_forms_and_json(allow: Allow) -> None:
    with serving(says(b"ok")) as server, session("try it") as opened:
        allow(server.destination)
        opened.post(f"{server.url}/form", data={"a": "b"})
        opened.post(f"{server.url}/json", json={"a": "b"})

    assert server.heads[0].endswith("a=b")
    assert json.loads(server.heads[1].split("\r\n\r\n")[1]) == {"a": "b"}


def test_one_connection_serves_several_calls(allow: Allow) -> None:
    with serving(says(b"again")) as server, session("try it") as opened:
        allow(server.destination)
        for _ in range(3):
            assert opened.get(server.url).text == "again"

        assert server.connections == 1


def test_a_server_that_isnt_allowed_is_never_connected_to() -> None:
    with serving(says(b"secret")) as server:
        with pytest.raises(DestinationRefused, match="an address of this machine itself"):
            call(server.url)

        assert server.connections == 0


def test_an_error_of_the_server_is_an_answer(allow: Allow) -> None:
    with serving(says(b"no", status="503 Service Unavailable")) as server:
        allow(server.destination)

        assert call(server.url).status_code == 503


# -- DNS rebinding -----------------------------------------------------------------------------------------------


def test_the_connection_goes_to_the_address_that_was_checked(allow: Allow) -> None:
    with serving(says(b"checked")) as server, serving(says(b"inside"), address="127.0.0.2", port=server.port) as inside:
        allow(server.destination)
        rebinding = Names(answers={"evil.example": [["127.0.0.1"], ["127.0.0.2"]]})

        assert call(f"http://evil.example:{server.port}/", resolver=rebinding).text == "checked"
        assert rebinding.asked == ["evil.example"]
        assert inside.connections == 0


def test_a_name_that_moves_between_two_calls_is_checked_again(allow: Allow) -> None:
    with serving(says(b"checked", Connection="close")) as server:
        allow(server.destination)
        rebinding = Names(answers={"evil.example": [["127.0.0.1"], ["127.0.0.2"]]})
        with session("try it", resolver=rebinding) as opened:
            opened.get(f"http://evil.example:{server.port}/")
            with pytest.raises(DestinationRefused):
                opened.get(f"http://evil.example:{server.port}/")

    assert server.connections == 1


def test_a_second_address_isnt_a_way_around(allow: Allow) -> None:
    with serving(says(b"checked")) as server, serving(says(b"inside"), address="127.0.0.2", port=server.port) as inside:
        allow(server.destination)

        with pytest.raises(DestinationRefused):
            call(f"http://evil.example:{server.port}/", resolver=names(evil_example="127.0.0.1,127.0.0.2"))

    assert server.connections == inside.connections == 0


def test_the_next_address_is_tried_where_the_first_doesnt_answer(allow: Allow) -> None:
    with serving(says(b"here"), address="127.0.0.3") as server:
        allow(f"127.0.0.2:{server.port}")
        allow(server.destination)

        url = f"http://two.example:{server.port}/"
        assert call(url, resolver=names(two_example="127.0.0.2,127.0.0.3")).text == "here"


def test_the_server_hears_the_name_not_the_address(allow: Allow) -> None:
    with serving(says()) as server:
        allow(server.destination)
        call(f"http://Some.Example:{server.port}/", resolver=names(some_example="127.0.0.1"))

    assert f"Host: some.example:{server.port}" in server.heads[0]


# -- addresses that we don't call --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "data:text/plain,x",
        "//example.com/",
        "example.com/",
        "",
        "http://",
        "http:///path",
        "https://user@example.com/",
        "https://user:password@example.com/",
        "https://@example.com/",
        "https://:@example.com/",
        "https://example.com%40127.0.0.1/",
        "https://example.com:0/",
        "https://example.com:65536/",
        "https://example.com:x/",
        "http://example.com\\@127.0.0.1/",
        "http://example.com#@127.0.0.1/",
        "http://[::1%25lo]/",
        "http://[fe80::1%25eth0]/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://0/",
        "http://*.example.com/",
        "http://exa mple.com/",
        "http://127.0.0.1/",
        "http://localhost/",
        "http://localhost./",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::127.0.0.1]/",
        "http://127。0。0。1/",
        "http://①②⑦.0.0.1/",
        "http://ｌｏｃａｌｈｏｓｔ/",  # noqa: RUF001 - letters of full width
        "http://169.254.169.254/latest/meta-data/",
        "http://metadata.google.internal/",
        "http://100.100.100.200/",
        "http://[fd00:ec2::254]/",
        "http://10.0.0.1/",
        "http://0.0.0.0/",
        "http://255.255.255.255/",
        "http://[64:ff9b::7f00:1]/",
    ],
)
def test_no_spelling_gets_by(url: str) -> None:
    known = names(example_com="127.0.0.1", metadata_google_internal="169.254.169.254")

    with pytest.raises((BadAddress, BadDestination, DestinationRefused)) as refused:
        call(url, resolver=known)
    assert "password" not in f"{refused.value.message} {refused.value.hint}"


@pytest.mark.parametrize("user", ["somebody", "somebody:hush", "example.com%40"])
def test_a_user_name_in_an_address_is_refused_even_where_the_host_is_allowed(allow: Allow, user: str) -> None:
    with serving(says()) as server:
        allow(server.destination)
        with pytest.raises(BadAddress, match="without a user name"):
            call(f"http://{user}@{server.destination}/")

    assert server.connections == 0


@pytest.mark.parametrize("port", [22, 25, 587, 6667])
def test_ports_of_other_protocols_arent_called_even_if_allowed(allow: Allow, port: int) -> None:
    allow(f"127.0.0.1:{port}")

    with pytest.raises(BadAddress, match="another protocol"):
        call(f"http://127.0.0.1:{port}/")


def test_the_ports_of_the_web_are_none_of_the_others() -> None:
    assert not OTHER_PROTOCOLS & {80, 443, 8000, 8080, 8443, 3000, 5000, 9000}


# -- what the surroundings say -----------------------------------------------------------------------------------


def test_no_proxy_is_used(allow: Allow, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(says(b"proxied")) as proxy, serving(says(b"direct")) as server:
        allow(server.destination)
        allow(proxy.destination)
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        with session("try it") as opened:
            opened.proxies = {"http": proxy.url}
            assert opened.get(server.url).text == "direct"
            assert opened.get(server.url, proxies={"http": proxy.url}).text == "direct"

        assert proxy.connections == 0


def test_no_password_file_is_read(allow: Allow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password hush\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with serving(says()) as server:
        allow(server.destination)
        call(server.url)

    assert "authorization" not in server.heads[0].lower()


def test_cookies_arent_kept(allow: Allow) -> None:
    with serving(says(Set_Cookie="a=b; Path=/")) as server, session("try it") as opened:
        allow(server.destination)
        opened.get(server.url)
        opened.get(server.url)

    assert "cookie" not in server.heads[1].lower()


def test_what_the_caller_sends_along_goes_along(allow: Allow) -> None:
    with serving(says()) as server:
        allow(server.destination)
        call(server.url, headers={"X-Key": "k"}, auth=HTTPBasicAuth("a", "b"), cookies={"c": "d"})

    assert all(each in server.heads[0] for each in ("X-Key: k", "Authorization: Basic ", "Cookie: c=d"))


def test_a_header_that_would_start_another_request_is_refused(allow: Allow) -> None:
    with serving(says()) as server:
        allow(server.destination)
        with pytest.raises(OutboundError):
            call(server.url, headers={"X-Key": "a\r\nX-Other: b"})

    assert server.connections == 0


# -- what goes wrong -------------------------------------------------------------------------------------------------


def test_nobody_listening_is_told(allow: Allow) -> None:
    with serving(says()) as server:
        allow(server.destination)

    with pytest.raises(DestinationUnreachable, match=f"Nothing listens at 127.0.0.1:{server.port}"):
        call(server.url)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 200 + b"\r\n",
        message(b"half")[:-2],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        message(b"not packed", Content_Encoding="gzip"),
        b"\x00" * 2000,
    ],
)
def test_an_answer_that_is_none_is_an_error_of_ours(allow: Allow, said: bytes) -> None:
    def answer(connection: Any, head: str) -> None:
        connection.sendall(said)
        connection.shutdown(2)

    with serving(answer) as server:
        allow(server.destination)
        with pytest.raises(OutboundError) as told:
            call(server.url)

    assert server.destination in told.value.message


def test_no_error_shows_what_the_address_holds(allow: Allow) -> None:
    secret = new_id().hex

    def answer(connection: Any, head: str) -> None:
        connection.shutdown(2)

    with serving(answer) as server:
        allow(server.destination)
        with pytest.raises(OutboundError) as told:
            call(f"{server.url}/a/{secret}?key={secret}")

    with pytest.raises(DestinationUnreachable) as gone:
        call(f"{server.url}/a/{secret}?key={secret}")

    for error in (told.value, gone.value):
        assert secret not in "".join(traceback.format_exception(error))


def test_a_streamed_answer_can_be_read_in_parts(allow: Allow) -> None:
    with serving(by_path({"/": says(b"x" * 100_000)})) as server, session("try it") as opened:
        allow(server.destination)
        with opened.get(server.url, stream=True) as answer:
            assert len(next(answer.iter_content(1000))) == 1000
            assert sum(map(len, answer.iter_content(1000))) == 99_000
