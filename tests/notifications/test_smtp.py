"""Speaking to mail servers: good, rude, slow and lying ones, on real sockets."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from oneclick.core.secrets import SecretText
from oneclick.notifications import smtp
from oneclick.notifications.composing import trial_mail
from oneclick.notifications.errors import (
    BadMailAddress,
    MailCertificateRefused,
    MailError,
    MailLoginRefused,
    MailRefused,
    MailServerBusy,
    MailServerUnreachable,
    MailServerUnsuitable,
    TransientMailError,
)
from oneclick.notifications.servers import MailServer, Tls
from oneclick.notifications.smtp import hand_over, probe
from oneclick.stack.ports import free_port
from tests.notifications.post_office import PASSWORD, SENDER, PostOffice, open_post_office
from tests.outbound.certificates import Authority, make_authority

TO = "ada@acme.example"


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """One of the company's own, which this process trusts."""
    made = make_authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made


def a_server(port: int, tls: Tls = Tls.NONE) -> MailServer:
    return MailServer(host="127.0.0.1", port=port, tls=tls, user="", password=SecretText(""), sender=SENDER)


def send(server: MailServer, **more: float) -> None:
    hand_over(server, trial_mail(server, TO), to=TO, **more)


@contextmanager
def saying(*words: bytes, every_s: float = 0.0) -> Iterator[int]:
    """A server that says these and listens to nothing; its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    is_over = threading.Event()

    def serve() -> None:
        connected, _ = listener.accept()
        with connected:
            for word in words:
                if is_over.wait(every_s):
                    return
                try:
                    connected.sendall(word)
                except OSError:
                    return
            is_over.wait(20)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    is_over.set()
    listener.close()
    thread.join()


def test_a_mail_arrives_as_text_and_as_html(office: PostOffice) -> None:
    send(office.server)

    (mail,) = office.received
    assert office.recipients == [TO]
    assert mail["From"] == "One-Click DWH <dwh@acme.example>"
    assert mail["To"] == TO
    assert mail["Auto-Submitted"] == "auto-generated"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert "arrive" in plain.get_content()
    assert "<h1" in html.get_content()


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.TLS])
def test_it_logs_in_over_tls_of_the_companys_own_authority(authority: Authority, tls: Tls) -> None:
    context = authority.server_context("localhost")
    with open_post_office(tls=tls, host="localhost", context=context, wants_login=True) as office:
        probe(office.server)
        send(office.server)

    assert len(office.received) == 1


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.TLS])
def test_a_certificate_of_another_name_is_refused(authority: Authority, tls: Tls) -> None:
    context = authority.server_context("mail.elsewhere.example")
    with (
        open_post_office(tls=tls, host="localhost", context=context, wants_login=True) as office,
        pytest.raises(MailCertificateRefused, match="localhost"),
    ):
        send(office.server)
    assert office.received == []


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.TLS])
def test_an_unknown_authority_is_refused(tmp_path: Path, tls: Tls) -> None:
    context = make_authority(tmp_path).server_context("localhost")
    with (
        open_post_office(tls=tls, host="localhost", context=context) as office,
        pytest.raises(MailCertificateRefused),
    ):
        probe(office.server)


def test_no_password_goes_out_where_encryption_is_asked_for_and_not_offered() -> None:
    with open_post_office(tls=Tls.NONE, wants_login=True) as office:
        asked = MailServer(**{**vars(office.server), "tls": Tls.STARTTLS})
        with pytest.raises(MailServerUnsuitable, match="STARTTLS"):
            probe(asked)
        with pytest.raises(MailServerUnsuitable, match="TLS"):
            probe(MailServer(**{**vars(office.server), "tls": Tls.TLS}))


def test_a_wrong_password_is_said_without_it() -> None:
    with open_post_office(wants_login=True) as office:
        wrong = MailServer(**{**vars(office.server), "password": SecretText("wrong-password")})
        with pytest.raises(MailLoginRefused, match="'dwh'") as caught:
            probe(wrong)
        probe(office.server)

    assert "wrong-password" not in str(caught.value) + repr(wrong)
    assert PASSWORD not in repr(office.server)


@pytest.mark.parametrize(
    ("answer", "error"),
    [("451 4.7.1 Later", MailServerBusy), ("550 5.7.1 Never", MailRefused), ("554 Spam\x07", MailRefused)],
)
def test_what_the_server_says_decides_whether_it_is_tried_again(
    office: PostOffice, answer: str, error: type[MailError]
) -> None:
    office.says = [answer]

    with pytest.raises(error, match=answer[:3]) as caught:
        send(office.server)
    assert isinstance(caught.value, TransientMailError) is answer.startswith("4")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("answer", "error"), [("450 4.2.0 Greylisted", MailServerBusy), ("550 5.1.1 User unknown", MailRefused)]
)
def test_a_recipient_can_be_refused_for_now_or_for_good(
    office: PostOffice, answer: str, error: type[MailError]
) -> None:
    office.says_to_recipient = answer

    with pytest.raises(error, match=answer[10:]):
        send(office.server)


def test_nobody_there_is_transient() -> None:
    with pytest.raises(MailServerUnreachable):
        probe(a_server(free_port()))


def test_a_line_that_is_cut_after_the_mail_is_transient(office: PostOffice) -> None:
    office.says = [""]

    with pytest.raises(MailServerUnreachable):
        send(office.server)


def test_a_slow_server_is_waited_for_and_then_given_up(office: PostOffice) -> None:
    office.waits_s = 1.0
    send(office.server, silence_s=5)
    began = time.monotonic()

    with pytest.raises(MailServerUnreachable, match="took too long"):
        send(office.server, silence_s=0.3)
    assert time.monotonic() - began < 0.9


def test_a_server_that_spreads_its_words_over_hours_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "WHOLE_S", 1.0)
    began = time.monotonic()

    with saying(*[b"2"] * 200, every_s=0.1) as port, pytest.raises(MailServerUnreachable):
        probe(a_server(port))
    assert time.monotonic() - began < 4


@pytest.mark.parametrize(
    ("words", "error"),
    [(b"421 Too many of you\r\n", MailServerBusy), (b"554 Go away\r\n", MailRefused), (b"\x00\xff\r\n", MailError)],
)
def test_an_unfriendly_greeting_has_its_meaning(words: bytes, error: type[MailError]) -> None:
    with saying(words) as port, pytest.raises(error):
        probe(a_server(port), silence_s=0.5)


@pytest.mark.parametrize("address", ["", "nobody", "a@b\r\nBcc: c@d.example", "a b@c.example", "<a@b.example>", "a@"])
def test_what_is_no_address_is_refused_before_anything_is_sent(office: PostOffice, address: str) -> None:
    with pytest.raises(BadMailAddress):
        trial_mail(office.server, address)


def test_an_address_beyond_ascii_is_refused_where_the_server_doesnt_take_it(office: PostOffice) -> None:
    to = "büro@acme.example"

    with pytest.raises(MailError) as caught:
        hand_over(office.server, trial_mail(office.server, to), to=to)
    assert not isinstance(caught.value, TransientMailError)
