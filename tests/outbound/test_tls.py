"""Over TLS: the name is verified, although the connection goes to an address."""

import datetime as dt
import ssl
from pathlib import Path
from typing import Any

import pytest
import requests

from oneclick.outbound import session
from oneclick.outbound.errors import AnswerTooLarge, AnswerTooSlow, CertificateRefused, OutboundError, RedirectRefused
from tests.outbound.certificates import Authority, make_authority
from tests.outbound.conftest import Allow, names
from tests.outbound.servers import Server, redirects, says, serving
from tests.outbound.test_limits import bounded, dripping

pytestmark = pytest.mark.django_db


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """One that this machine trusts."""
    made = make_authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made


def call(server: Server, name: str = "idp.example", **options: Any) -> requests.Response:
    with session("try it", timeout_s=options.pop("timeout_s", 5), resolver=names(idp_example="127.0.0.1")) as opened:
        return opened.get(f"https://{name}:{server.port}/", **options)


def test_the_name_is_verified_and_sent(allow: Allow, authority: Authority) -> None:
    asked: list[str | None] = []
    context = authority.server_context("idp.example")
    context.sni_callback = lambda sock, name, ctx: asked.append(name)
    with serving(says(b"it is me"), tls=context) as server:
        allow(server.destination)

        assert call(server).text == "it is me"
    assert asked == ["idp.example"]


def test_a_last_dot_changes_nothing(allow: Allow, authority: Authority) -> None:
    with serving(says(b"it is me"), tls=authority.server_context("idp.example")) as server:
        allow(server.destination)

        assert call(server, "idp.example.").text == "it is me"


def test_an_address_can_have_a_certificate(allow: Allow, authority: Authority) -> None:
    with serving(says(b"it is me"), tls=authority.server_context("127.0.0.1")) as server:
        allow(server.destination)

        assert call(server, "127.0.0.1").text == "it is me"


def test_one_connection_serves_several_calls(allow: Allow, authority: Authority) -> None:
    with serving(says(b"again"), tls=authority.server_context("127.0.0.1")) as server, session("try it") as opened:
        allow(server.destination)
        for _ in range(3):
            assert opened.get(f"https://{server.destination}/").text == "again"

        assert server.connections == 1


@pytest.mark.parametrize(
    "context",
    [
        pytest.param(lambda authority: authority.server_context("other.example"), id="another name"),
        pytest.param(lambda authority: authority.server_context("127.0.0.1"), id="the address alone"),
        pytest.param(lambda authority: authority.server_context(subject="idp.example"), id="the subject alone"),
        pytest.param(lambda authority: authority.server_context("idp.example", age=dt.timedelta(days=3)), id="old"),
        pytest.param(lambda authority: _stranger(authority).server_context("idp.example"), id="unknown authority"),
    ],
)
def test_who_cant_prove_the_name_is_refused(allow: Allow, authority: Authority, context: Any) -> None:
    with serving(says(b"it is me"), tls=context(authority)) as server:
        allow(server.destination)
        with pytest.raises(CertificateRefused, match="can't prove who it is"):
            call(server)

    assert server.heads == []


@pytest.mark.parametrize("switch", ["argument", "session", "environment"])
def test_nobody_can_switch_that_off(
    allow: Allow, authority: Authority, switch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CURL_CA_BUNDLE" if switch == "environment" else "X", "")
    with serving(says(), tls=authority.server_context("other.example")) as server:
        allow(server.destination)
        with session("try it", resolver=names(idp_example="127.0.0.1")) as opened:
            opened.verify = switch != "session"
            options = {"verify": False} if switch == "argument" else {}
            with pytest.raises(CertificateRefused):
                opened.get(f"https://idp.example:{server.port}/", **options)


def test_old_tls_is_refused(allow: Allow, authority: Authority) -> None:
    context = authority.server_context("idp.example")
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with serving(says(), tls=context) as server:
        allow(server.destination)
        with pytest.raises(OutboundError, match="doesn't speak TLS as we do"):
            call(server)


def test_a_plain_server_isnt_spoken_to(allow: Allow) -> None:
    with serving(says()) as server:
        allow(server.destination)
        with pytest.raises(OutboundError):
            call(server, timeout_s=0.5)


def test_we_arent_sent_from_https_to_http(allow: Allow, authority: Authority) -> None:
    with serving(says(b"there")) as there:
        with serving(redirects(there.url), tls=authority.server_context("idp.example")) as server:
            allow(server.destination)
            allow(there.destination)
            with pytest.raises(RedirectRefused, match="from https on to http"):
                call(server)

        assert there.connections == 0


def test_we_may_be_sent_from_http_to_https(allow: Allow, authority: Authority) -> None:
    with serving(says(b"there"), tls=authority.server_context("127.0.0.1")) as there:
        onward = redirects(f"https://{there.destination}/")
        with serving(onward) as server, session("try it") as opened:
            allow(server.destination)
            allow(there.destination)

            assert opened.get(server.url).text == "there"


def test_a_silent_handshake_ends_in_time(allow: Allow) -> None:
    with serving(dripping()) as server:
        allow(server.destination)
        with bounded(), pytest.raises(AnswerTooSlow):
            call(server, timeout_s=0.5)


def test_limits_hold(allow: Allow, authority: Authority) -> None:
    context = authority.server_context("idp.example")
    with serving(says(b"x" * 3_000_000), tls=context) as server:
        allow(server.destination)
        with pytest.raises(AnswerTooLarge):
            call(server)
    with serving(dripping(b"HTTP/1.1 200 OK\r\n\r\n"), tls=context) as server:
        allow(server.destination)
        with bounded(), pytest.raises(AnswerTooSlow):
            call(server, timeout_s=0.5)


def _stranger(authority: Authority) -> Authority:
    folder = authority.folder / "stranger"
    folder.mkdir()
    return make_authority(folder)
