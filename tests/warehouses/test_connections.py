"""Connections to customers' accounts."""

import pytest

from oneclick.accounts.roles import NotAllowed, Principal
from oneclick.audit.models import AuditEvent
from oneclick.core.secrets import SecretText
from oneclick.secret_store import services as secret_store
from oneclick.secret_store.models import Secret
from oneclick.warehouses import services
from oneclick.warehouses.contract.errors import InvalidConfig
from oneclick.warehouses.errors import LinkNameTaken
from oneclick.warehouses.models import AccountLink

pytestmark = pytest.mark.django_db

SERVER = {"host": "db.example.com", "port": "5432", "user": "dwh"}


def connect(principal: Principal, name: str = "server", **changes: dict[str, object]) -> AccountLink:
    wanted = {"config": SERVER, "secrets": {"password": SecretText("canary-password")}} | changes
    return services.connect_account(principal, provider="postgresql", name=name, **wanted)


def kept() -> tuple[int, int, int]:
    events = AuditEvent.objects.filter(action="account_link.created").count()
    return AccountLink.objects.count(), Secret.objects.count(), events


def test_a_connection_keeps_its_secret_in_the_store_alone(admin: Principal) -> None:
    link = connect(admin)

    assert secret_store.get(link.secret_refs["password"]).reveal() == "canary-password"
    assert services.account(link).secrets["password"].reveal() == "canary-password"
    event = AuditEvent.objects.get(action="account_link.created", target_id=str(link.id))
    assert "canary" not in f"{vars(link)} {vars(event)}"


def test_a_name_that_is_taken_is_told_and_leaves_nothing_behind(admin: Principal, outsider: Principal) -> None:
    connect(admin)
    before = kept()

    for name in ("server", "SERVER"):
        with pytest.raises(LinkNameTaken, match=f"'{name}'"):
            connect(admin, name)

    assert kept() == before
    assert connect(outsider).organisation_id != admin.organisation_id


def test_a_missing_field_is_told_before_anything_is_kept(admin: Principal) -> None:
    before = kept()

    with pytest.raises(InvalidConfig):
        connect(admin, config={"host": "db.example.com"})

    assert kept() == before


def test_a_reader_may_not_connect_an_account(reader: Principal) -> None:
    with pytest.raises(NotAllowed):
        connect(reader)
