"""Connecting accounts on the command line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from oneclick.warehouses.models import AccountLink
from tests.cli.conftest import Ran
from tests.warehouses.test_accounts_api import wanted

Oneclick = Callable[..., Ran]
pytestmark = pytest.mark.django_db


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    """What connects the server of the test run, with its secret in a file."""
    asked = wanted()
    file = tmp_path / "password"
    file.write_text(asked["secrets"]["password"] + "\n")
    settings = [part for name, value in asked["config"].items() for part in ("--set", f"{name}={value}")]
    return ["account", "connect", "postgresql", "ours", *settings, "--secret-file", f"password={file}"]


def test_an_account_is_connected_checked_and_removed(oneclick: Oneclick, arguments: list[str]) -> None:
    made = oneclick(*arguments, "--json").json

    assert {each["result"] for each in oneclick("account", "check", made["id"], "--json").json} == {"passed"}
    assert [each["id"] for each in oneclick("account", "list", "--json").json] == [made["id"]]
    assert "ours" in oneclick("account", "list").out
    gone = oneclick("account", "remove", made["id"], "--yes")
    assert gone.code == 0
    assert "DROP" in gone.err
    assert not AccountLink.objects.exists()


def test_the_steps_of_a_provider_are_printed_with_what_is_asked_for(oneclick: Oneclick) -> None:
    ran = oneclick("account", "steps", "postgresql")

    assert "CREATE ROLE" in ran.out
    assert "password" in ran.out


def test_bad_input_says_what_is_wrong_and_keeps_nothing(oneclick: Oneclick, arguments: list[str]) -> None:
    missing = oneclick(*arguments[:-1], "password=/nowhere/at/all")

    assert missing.code == 2
    assert "/nowhere/at/all can't be read" in missing.err
    assert oneclick("account", "connect", "nowhere", "x").code == 1
    assert oneclick(*arguments, "--set", "colour=red").code == 1
    assert not AccountLink.objects.exists()
