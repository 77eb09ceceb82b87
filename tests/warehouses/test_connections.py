"""Connections to customers' accounts."""

import pytest

from oneclick.accounts.roles import NotAllowed, Principal
from oneclick.audit.models import AuditEvent
from oneclick.core.secrets import SecretText
from oneclick.secret_store import services as secret_store
from oneclick.secret_store.models import Secret
from oneclick.warehouses import services
from oneclick.warehouses.contract.errors import InvalidConfig, NotFound
from oneclick.warehouses.errors import LinkInUse, LinkNameTaken
from oneclick.warehouses.models import AccountLink, Warehouse, WarehouseState

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


def living_in(link: AccountLink, state: WarehouseState = WarehouseState.ACTIVE) -> Warehouse:
    return Warehouse.objects.create(
        organisation_id=link.organisation_id, account_link=link, provider=link.provider, name=f"in-{state}",
        spec={"name": f"in-{state}"}, state=state,
    )  # fmt: skip


def test_a_connection_is_removed_with_its_secrets_and_told_in_the_audit_log(admin: Principal) -> None:
    before = kept()
    link = connect(admin)
    deleted = living_in(link, WarehouseState.DELETED)

    services.disconnect_account(admin, link.id)

    assert kept()[:2] == before[:2]
    deleted.refresh_from_db()
    assert deleted.account_link is None
    event = AuditEvent.objects.get(action="account_link.removed", target_id=str(link.id))
    assert (event.actor, event.detail) == (admin.label, {"provider": "postgresql", "name": "server"})


@pytest.mark.parametrize("state", [state for state in WarehouseState if state is not WarehouseState.DELETED])
def test_a_connection_stays_while_a_warehouse_needs_it(admin: Principal, state: WarehouseState) -> None:
    link = connect(admin)
    living_in(link, state)
    before = kept()

    with pytest.raises(LinkInUse, match=f"in-{state}"):
        services.disconnect_account(admin, link.id)

    assert kept() == before
    assert services.account(link).secrets["password"].reveal() == "canary-password"


def test_nobody_else_removes_a_connection(admin: Principal, reader: Principal, outsider: Principal) -> None:
    link = connect(admin)

    with pytest.raises(NotAllowed):
        services.disconnect_account(reader, link.id)
    with pytest.raises(NotFound):
        services.disconnect_account(outsider, link.id)

    assert AccountLink.objects.filter(id=link.id).exists()


def test_what_can_be_taken_back_in_the_account_is_told(admin: Principal) -> None:
    link = connect(admin)

    assert all("DROP" in step.revoke for step in services.revokes(link))
    link.provider = "nobody-installed-it"
    assert services.revokes(link) == ()
