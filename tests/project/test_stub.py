"""The demo's sign-in: never where other machines could reach it."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from oneclick.accounts.services import ensure_default_organisation
from oneclick.accounts.sign_in.models import IdentityProvider
from oneclick.accounts.users.models import User
from oneclick.core.secrets import SecretText
from oneclick.demo import identity
from oneclick.project import stub
from oneclick.stack.errors import StubExposed


@pytest.mark.parametrize(
    ("bind", "external_url", "is_private"),
    [
        ("127.0.0.1", "", True),
        ("::1", "http://localhost:8000", True),
        ("127.0.0.1", "https://dwh.example.com", False),
        ("0.0.0.0", "", False),  # noqa: S104 - an address that others reach
        ("10.0.0.5", "http://127.0.0.1:8000", False),
        ("127.0.0.1", "http://127.0.0.1.evil.example", False),
    ],
)
def test_only_loopback_counts_as_this_machine(bind: str, external_url: str, is_private: bool) -> None:
    assert stub.is_private(bind, external_url) is is_private


def database_url() -> SecretText:
    given = connection.settings_dict
    return SecretText("postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**given))


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    settings.HOME = tmp_path
    assert stub.ask_for_stub(tmp_path, bind="127.0.0.1", external_url="")
    return tmp_path


@pytest.mark.django_db(transaction=True)
def test_start_is_refused_where_a_stub_exists_and_others_can_reach_us(home: Path) -> None:
    stub.refuse_exposed_stub(database_url(), bind="0.0.0.0", external_url="")  # noqa: S104 - an address that others reach
    identity.set_up(home, ensure_default_organisation(actor="system:test"), actor="system:test")
    with pytest.raises(StubExposed, match="no password"):
        stub.refuse_exposed_stub(database_url(), bind="0.0.0.0", external_url="")  # noqa: S104 - an address that others reach
    with pytest.raises(StubExposed):
        stub.refuse_exposed_stub(database_url(), bind="127.0.0.1", external_url="https://dwh.example.com")
    stub.refuse_exposed_stub(database_url(), bind="127.0.0.1", external_url="")


@pytest.mark.django_db
def test_another_port_keeps_the_same_people(home: Path) -> None:
    organisation = ensure_default_organisation(actor="system:test")
    identity.set_up(home, organisation, actor="system:test")
    identity.set_up(home, organisation, actor="system:test")
    before = User.objects.get(subject="outsider")
    stub.port_file(home).write_text("9499")
    identity.set_up(home, organisation, actor="system:test")
    after = User.objects.get(subject="outsider")
    assert (after.id, after.issuer) == (before.id, "http://127.0.0.1:9499")
    assert IdentityProvider.objects.get().issuer == "http://127.0.0.1:9499"


@pytest.mark.django_db
def test_commands_go_on_to_mean_the_first_organisation(home: Path) -> None:
    organisation = ensure_default_organisation(actor="system:test")
    identity.set_up(home, organisation, actor="system:test")
    assert ensure_default_organisation(actor="system:test") == organisation


def test_the_demo_doesn_t_ask_for_it_where_others_can_reach_us(tmp_path: Path) -> None:
    assert not stub.ask_for_stub(tmp_path, bind="0.0.0.0", external_url="")  # noqa: S104 - an address that others reach
    assert not stub.port_file(tmp_path).exists()
