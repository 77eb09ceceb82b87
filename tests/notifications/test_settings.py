"""The mail server as the environment describes it, and what looks it over."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from oneclick.cli import main
from oneclick.core.environment import SettingError
from oneclick.notifications.servers import Tls
from oneclick.project import doctor
from oneclick.project.environment import read_environment
from oneclick.project.mail_settings import read_mail
from oneclick.stack.checks import Verdict
from oneclick.stack.ports import free_port
from tests.notifications.post_office import PASSWORD, USER, PostOffice, open_post_office

LEAST = {"ONECLICK_SMTP_HOST": "smtp.acme.example", "ONECLICK_SMTP_SENDER": "dwh@acme.example"}
LOGIN = {"ONECLICK_SMTP_USER": "dwh", "ONECLICK_SMTP_PASSWORD": "s3cret-of-smtp"}


def test_without_a_host_there_is_no_server() -> None:
    assert read_mail({}) is None


def test_host_and_sender_are_enough() -> None:
    server = read_mail(LEAST)

    assert server is not None
    assert (server.port, server.tls, server.user) == (587, Tls.STARTTLS, "")
    assert str(server.sender) == "One-Click DWH <dwh@acme.example>"


@pytest.mark.parametrize(("tls", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_the_port_follows_from_the_encryption(tls: str, port: int) -> None:
    server = read_mail({**LEAST, "ONECLICK_SMTP_TLS": tls})
    other = read_mail({**LEAST, "ONECLICK_SMTP_TLS": tls, "ONECLICK_SMTP_PORT": "2525"})

    assert server is not None
    assert other is not None
    assert (server.port, other.port) == (port, 2525)


def test_the_password_comes_from_a_file_and_is_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "smtp"
    file.write_text("s3cret-of-smtp\n")

    server = read_mail({**LEAST, "ONECLICK_SMTP_USER": "dwh", "ONECLICK_SMTP_PASSWORD_FILE": str(file)})

    assert server is not None
    assert server.password.reveal() == "s3cret-of-smtp"
    assert "s3cret" not in repr(server) + str(server) + repr(read_environment({**LEAST, **LOGIN}))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"ONECLICK_SMTP_HOST": "smtp.acme.example"}, "ONECLICK_SMTP_SENDER is missing"),
        ({"ONECLICK_SMTP_SENDER": "dwh@acme.example"}, "ONECLICK_SMTP_HOST is missing"),
        (LOGIN, "ONECLICK_SMTP_HOST is missing"),
        ({**LEAST, "ONECLICK_SMTP_USER": "dwh"}, "ONECLICK_SMTP_PASSWORD is missing"),
        ({**LEAST, "ONECLICK_SMTP_PASSWORD": "p"}, "ONECLICK_SMTP_USER is missing"),
        ({**LEAST, **LOGIN, "ONECLICK_SMTP_TLS": "none"}, "could read the password"),
        ({**LEAST, "ONECLICK_SMTP_TLS": "ssl"}, "ONECLICK_SMTP_TLS"),
        ({**LEAST, "ONECLICK_SMTP_PORT": "0"}, "ONECLICK_SMTP_PORT"),
        ({**LEAST, "ONECLICK_SMTP_SENDER": "nobody"}, "ONECLICK_SMTP_SENDER"),
        ({**LEAST, "ONECLICK_SMTP_SENDER": "a@b.example\r\nBcc: c@d.example"}, "ONECLICK_SMTP_SENDER"),
        ({**LEAST, "ONECLICK_SMTP_HOST": "smtp://acme.example"}, "ONECLICK_SMTP_HOST"),
    ],
)
def test_what_is_described_by_halves_or_unsafe_is_refused(given: dict[str, str], words: str) -> None:
    with pytest.raises(SettingError, match=words) as caught:
        read_environment(given)
    assert "s3cret" not in caught.value.message + caught.value.hint
    assert caught.value.hint


def test_on_this_machine_a_login_needs_no_encryption() -> None:
    server = read_mail({**LEAST, **LOGIN, "ONECLICK_SMTP_HOST": "127.0.0.1", "ONECLICK_SMTP_TLS": "none"})

    assert server is not None


def settings_of(office: PostOffice, password: str = PASSWORD) -> dict[str, str]:
    return {
        **LEAST, "ONECLICK_SMTP_HOST": "127.0.0.1", "ONECLICK_SMTP_PORT": str(office.server.port),
        "ONECLICK_SMTP_TLS": "none", "ONECLICK_SMTP_USER": USER, "ONECLICK_SMTP_PASSWORD": password,
    }  # fmt: skip


def test_the_doctor_names_what_is_wrong() -> None:
    with open_post_office(wants_login=True) as office:
        right = doctor._mail(read_environment(settings_of(office)))
        wrong = doctor._mail(read_environment(settings_of(office, "wrong")))
    away = doctor._mail(
        read_environment({**LEAST, "ONECLICK_SMTP_HOST": "127.0.0.1", "ONECLICK_SMTP_PORT": str(free_port())})
    )
    none = doctor._mail(read_environment({}))

    assert right.verdict is Verdict.PASSED
    assert (wrong.verdict, away.verdict) == (Verdict.FAILED, Verdict.FAILED)
    assert "ONECLICK_SMTP_PASSWORD" in wrong.cure
    assert "ONECLICK_SMTP_PORT" in away.cure
    assert none.verdict is Verdict.SKIPPED


@pytest.mark.django_db
def test_the_command_line_tries_the_server(office: PostOffice, settings: Any) -> None:
    settings.ONECLICK_MAIL_SERVER = office.server

    done = CliRunner().invoke(main, ["mail", "try", "ada@acme.example", "--json"])

    assert json.loads(done.stdout) == {"to": "ada@acme.example", "is_sent": True}
    assert office.recipients == ["ada@acme.example"]
    settings.ONECLICK_MAIL_SERVER = None
    refused = CliRunner().invoke(main, ["mail", "try", "ada@acme.example"])
    assert refused.exit_code == 1
    assert "ONECLICK_SMTP_HOST" in refused.stderr
