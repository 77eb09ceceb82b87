import pytest

from oneclick.core.ids import new_id
from oneclick.core.secrets import SecretText
from oneclick.secret_store.models import Secret
from oneclick.warehouses.contract.errors import NotFound
from oneclick.warehouses.vault import WarehouseVault
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_it_makes_a_secret_once_and_forgets_it_when_told(cast: Cast) -> None:
    vault = WarehouseVault(cast.organisation.id, new_id())

    made = vault.get_or_create("login-read-1", lambda: SecretText("first"))

    assert vault.get_or_create("login-read-1", lambda: SecretText("second")) == made == vault.get("login-read-1")
    assert Secret.objects.get().organisation_id == cast.organisation.id
    vault.delete("login-read-1")
    vault.delete("login-read-1")
    with pytest.raises(NotFound):
        vault.get("login-read-1")


def test_two_warehouses_share_nothing(cast: Cast) -> None:
    mine = WarehouseVault(cast.organisation.id, new_id())
    theirs = WarehouseVault(cast.elsewhere.id, new_id())
    mine.get_or_create("login-read-1", lambda: SecretText("mine"))

    with pytest.raises(NotFound):
        theirs.get("login-read-1")
    assert theirs.get_or_create("login-read-1", lambda: SecretText("theirs")).reveal() == "theirs"
