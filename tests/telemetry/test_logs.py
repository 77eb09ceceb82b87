"""Logs are JSON lines without secrets, whoever writes them. Each runs in a process of its own: logging is global."""

import json
import subprocess
import sys
from typing import Any

import pytest

from oneclick.core.secrets import SecretText
from oneclick.telemetry.redaction import scrubbed, without_secrets

CANARY = "canary-7f3a"


def logged(program: str) -> list[dict[str, Any]]:
    ran = subprocess.run(
        [sys.executable, "-c", f"from oneclick.telemetry import logs; logs.configure('web')\n{program}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert CANARY not in ran.stdout + ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_structlog_and_the_standard_library_write_the_same_shape() -> None:
    ours, theirs = logged(
        "import logging, structlog\n"
        "from oneclick.core.correlation import correlation\n"
        "with correlation('0123456789abcdef'):\n"
        "    structlog.get_logger('ours').info('made', rows=3)\n"
        "    logging.getLogger('theirs').warning('slow %s', 'disk', extra={'rows': 3})\n"
    )

    assert (ours["event"], ours["level"], ours["logger"], ours["rows"]) == ("made", "info", "ours", 3)
    assert (theirs["event"], theirs["level"], theirs["logger"], theirs["rows"]) == ("slow disk", "warning", "theirs", 3)
    assert {line["service"] for line in (ours, theirs)} == {"web"}
    assert {line["correlation_id"] for line in (ours, theirs)} == {"0123456789abcdef"}
    assert ours["timestamp"].endswith("Z")


def test_secrets_are_hidden_wherever_they_hide() -> None:
    lines = logged(
        "import logging, structlog\n"
        "from oneclick.core.secrets import SecretText\n"
        f"canary = '{CANARY}'\n"
        "log = structlog.get_logger()\n"
        "log.info('a', password=canary, nested={'api_key': canary, 'list': [{'Authorization': canary}]})\n"
        "log.info('b', value=SecretText(canary), text=f'postgresql://me:{canary}@host/db')\n"
        "logging.info('c %s', f'GET /callback?code={canary}&state={canary}')\n"
        "logging.info('d', extra={'headers': {'authorization': 'Bearer ' + canary}})\n"
        "try:\n"
        "    raise ValueError(f'password={canary} is wrong')\n"
        "except ValueError:\n"
        "    log.exception('e')\n"
        "    logging.exception('f')\n"
    )

    assert [line["event"].split()[0] for line in lines] == ["a", "b", "c", "d", "e", "f"]
    assert "ValueError" in lines[4]["exception"]
    assert "ValueError" in lines[5]["exception"]


def test_what_ends_the_process_is_a_line_too() -> None:
    (line,) = logged(f"raise RuntimeError('password={CANARY}')")

    assert (line["event"], line["level"]) == ("process crashed", "critical")
    assert "RuntimeError" in line["exception"]


def test_a_value_that_cannot_be_shown_does_not_break_the_line() -> None:
    (line,) = logged(
        "import structlog\n"
        "class Odd:\n"
        "    def __str__(self): raise RuntimeError\n"
        "structlog.get_logger().info('odd', value=Odd(), deep={'a': {'b': {'c': {'d': {'e': {'f': {'g': 1}}}}}}})\n"
    )

    assert line["value"] == "<Odd without text: RuntimeError>"


@pytest.mark.parametrize(
    "text",
    [
        f"postgresql://user:{CANARY}@host:5432/db",
        f"host=h password={CANARY} dbname=d",
        f"host=h password='{CANARY} with spaces' dbname=d",
        f"https://idp.example/cb?code={CANARY}&state={CANARY}&x=1",
        f"https://idp.example/cb#id_token={CANARY}",
        f"Authorization: Bearer {CANARY}{CANARY}",
        '{"client_secret": "' + CANARY + '"}',
        f"-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----",
        f"ocd_{CANARY}{CANARY}",
    ],
)
def test_text_is_scrubbed(text: str) -> None:
    assert CANARY not in scrubbed(text)


@pytest.mark.parametrize(
    "text", ["state of the art", "3 tokens left", "GET /api/warehouses/sales 200", "the code is 42", "SELECT 1"]
)
def test_harmless_text_stays(text: str) -> None:
    assert scrubbed(text) == text


def test_numbers_under_a_delicate_name_stay() -> None:
    assert without_secrets({"tokens": 3, "has_password": True, "secret": SecretText("x")}) == {
        "tokens": 3,
        "has_password": True,
        "secret": "•••",
    }
