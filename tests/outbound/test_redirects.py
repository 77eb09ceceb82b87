"""Being sent on: each stop is checked like the first."""

from typing import Any

import pytest

from oneclick.outbound import session
from oneclick.outbound.errors import BadAddress, BadDestination, DestinationRefused, RedirectRefused
from oneclick.outbound.http import MOST_REDIRECTS
from tests.outbound.conftest import Allow, names
from tests.outbound.servers import by_path, message, redirects, says, serving

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_it_is_followed_to_where_it_is_allowed(allow: Allow, status: str) -> None:
    with serving(says(b"there")) as there, serving(redirects(f"{there.url}/new", status)) as server:
        allow(server.destination)
        allow(there.destination)
        with session("try it") as opened:
            answer = opened.get(server.url)

    assert answer.text == "there"
    assert [each.status_code for each in answer.history] == [int(status[:3])]
    assert answer.url == f"{there.url}/new"


@pytest.mark.parametrize("location", ["next", "/a/next", "?q=1", "//{host}/a/next", "http://{host}/a/next"])
def test_a_relative_address_is_understood(allow: Allow, location: str) -> None:
    def answer(connection: Any, head: str) -> None:
        host = head.partition("Host: ")[2].partition("\r\n")[0]
        target = location.format(host=host)
        is_first = head.startswith("GET /a/b ")
        connection.sendall(message(b"" if is_first else b"there", **_sends_on(target) if is_first else {}))

    with serving(answer) as server, session("try it") as opened:
        allow(server.destination)

        assert opened.get(f"{server.url}/a/b").text == "there"


def _sends_on(target: str) -> dict[str, str]:
    return {"status": "302 Found", "Location": target}


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.2:{port}/",
        "http://localhost:{port}/",
        "http://[::1]:{port}/",
        "http://[::ffff:127.0.0.2]:{port}/",
        "http://2130706434:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "http://inside.example:{port}/",
        "http://user:pw@127.0.0.1:{port}/",
        "//127.0.0.2:{port}/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:{port}/",
        "ftp://127.0.0.1:{port}/",
        "http://127.0.0.1:25/",
        "http://",
    ],
)
def test_it_isnt_followed_to_where_we_wouldnt_go(allow: Allow, location: str) -> None:
    with serving(says(b"inside"), address="127.0.0.2") as inside:
        with serving(redirects(location.format(port=inside.port))) as server, session("try it") as opened:
            opened._resolver = names(inside_example="127.0.0.2")  # type: ignore[attr-defined] # one line shorter
            allow(server.destination)
            with pytest.raises((BadAddress, BadDestination, DestinationRefused, RedirectRefused)):
                opened.get(server.url)

        assert inside.connections == 0


def test_a_loop_ends(allow: Allow) -> None:
    with serving(redirects("/again")) as server, session("try it") as opened:
        allow(server.destination)
        with pytest.raises(RedirectRefused, match="sends us on"):
            opened.get(server.url)

    assert len(server.heads) == MOST_REDIRECTS + 1


def test_as_many_as_it_may_be_are_followed(allow: Allow) -> None:
    chain = {f"/{step}": redirects(f"/{step + 1}") for step in range(MOST_REDIRECTS)}
    with serving(by_path({**chain, f"/{MOST_REDIRECTS}": says(b"end")})) as server, session("try it") as opened:
        allow(server.destination)

        assert opened.get(f"{server.url}/0").text == "end"


def test_another_origin_gets_no_header_of_the_callers(allow: Allow) -> None:
    with serving(says(b"there")) as there, serving(redirects(there.url)) as server, session("try it") as opened:
        allow(server.destination)
        allow(there.destination)
        opened.get(
            server.url,
            headers={"Authorization": "Bearer hush", "X-Api-Key": "hush", "Accept": "text/plain", "Cookie": "a=hush"},
        )

    assert "hush" in server.heads[0]
    assert "hush" not in there.heads[0]
    assert "Accept: text/plain" in there.heads[0]
    assert f"Host: {there.destination}" in there.heads[0]


def test_the_same_origin_gets_them_again(allow: Allow) -> None:
    with serving(by_path({"/": redirects("/b"), "/b": says(b"b")})) as server, session("try it") as opened:
        allow(server.destination)
        opened.get(f"{server.url}/", headers={"X-Api-Key": "k"})

    assert "X-Api-Key: k" in server.heads[1]


@pytest.mark.parametrize("status", ["302 Found", "307 Temporary", "308 Permanent"])
def test_what_was_posted_goes_nowhere_else(allow: Allow, status: str) -> None:
    with serving(says(b"there")) as there, serving(redirects(there.url, status)) as server, session("try it") as opened:
        allow(server.destination)
        allow(there.destination)
        with pytest.raises(RedirectRefused, match="answers a POST by sending us on"):
            opened.post(server.url, data={"client_secret": "hush"})

    assert there.connections == 0


def test_who_asks_for_it_gets_the_answer_that_sends_on(allow: Allow) -> None:
    with serving(redirects("http://127.0.0.2/")) as server, session("try it") as opened:
        allow(server.destination)
        answer = opened.get(server.url, allow_redirects=False)

    assert (answer.status_code, answer.headers["Location"]) == (302, "http://127.0.0.2/")
