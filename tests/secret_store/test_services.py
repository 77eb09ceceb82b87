import pickle
import threading
import traceback
from base64 import b64encode
from uuid import uuid4

import pytest
from django.db import connection, connections
from pytest_django import Settings

from oneclick.core.environment import SettingError
from oneclick.core.secrets import SecretText
from oneclick.secret_store import services
from oneclick.secret_store.backends.database import DatabaseStore, master_key
from oneclick.secret_store.envelope import MasterKey
from oneclick.secret_store.errors import SecretDamaged, SecretNotFound, WrongMasterKey
from oneclick.secret_store.models import Secret
from tests.cast import Cast

CANARY = "canary-5f3a-never-to-be-seen"
pytestmark = pytest.mark.django_db


def other_key() -> SecretText:
    return SecretText(b64encode(b"k" * 32).decode())


def test_it_gives_back_what_was_put(cast: Cast) -> None:
    reference = services.put(SecretText(CANARY), organisation_id=cast.organisation.id, owner="test:1")

    assert services.get(reference).reveal() == CANARY


def test_it_keeps_empty_and_long_and_odd_values() -> None:
    for value in ("", "\0 ü 漢 🔑", "x" * 1_000_000):
        assert services.get(services.put(SecretText(value), organisation_id=None, owner="t")).reveal() == value


def test_nothing_at_rest_shows_the_value() -> None:
    services.store().put_if_absent(SecretText(CANARY), organisation_id=None, owner="test:1", name="password")

    with connection.cursor() as cursor:
        cursor.execute("SELECT s::text, ciphertext FROM secret_store_secret s")
        [(text, ciphertext)] = cursor.fetchall()

    assert CANARY not in text
    assert CANARY.encode() not in bytes(ciphertext)


def test_a_rotated_value_keeps_its_reference_and_counts_its_version() -> None:
    reference = services.put(SecretText("old"), organisation_id=None, owner="t")

    services.rotate(reference, SecretText("new"))

    assert services.get(reference).reveal() == "new"
    assert Secret.objects.get().version == 2


def test_a_deleted_secret_is_not_found_and_may_be_deleted_again() -> None:
    reference = services.put(SecretText("v"), organisation_id=None, owner="t")

    services.delete(reference)
    services.delete(reference)

    with pytest.raises(SecretNotFound):
        services.get(reference)
    with pytest.raises(SecretNotFound):
        services.rotate(reference, SecretText("v"))


def test_a_reference_that_is_none_is_not_found() -> None:
    for reference in ("", "secret:", "secret:nonsense", f"secret:{uuid4()}"):
        with pytest.raises(SecretNotFound):
            services.get(reference)


def test_a_name_belongs_to_its_owner() -> None:
    services.store().put_if_absent(SecretText("1"), organisation_id=None, owner="a", name="password")
    services.store().put_if_absent(SecretText("2"), organisation_id=None, owner="b", name="password")
    services.store().put_if_absent(SecretText("3"), organisation_id=None, owner="a", name="password")

    assert services.get_named("a", "password").reveal() == "1", "a name that is taken keeps its value"
    assert services.get_named("b", "password").reveal() == "2"
    services.delete_named("a", "password")
    services.delete_named("a", "password")
    with pytest.raises(SecretNotFound):
        services.get_named("a", "password")


def test_it_makes_a_named_secret_once() -> None:
    first = services.get_or_create_named("t", "n", lambda: SecretText("first"), organisation_id=None)
    second = services.get_or_create_named("t", "n", lambda: SecretText("second"), organisation_id=None)

    assert (first.reveal(), second.reveal()) == ("first", "first")


@pytest.mark.django_db(transaction=True)
def test_of_many_makers_one_wins_and_all_get_its_value() -> None:
    got: list[str] = []
    barrier = threading.Barrier(12)

    def make(number: int) -> None:
        barrier.wait()
        got.append(
            services.get_or_create_named("t", "n", lambda: SecretText(f"value {number}"), organisation_id=None).reveal()
        )
        connections.close_all()

    threads = [threading.Thread(target=make, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(got) == 12
    assert set(got) == {services.get_named("t", "n").reveal()}
    assert Secret.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_making_inside_a_transaction_is_refused_because_it_would_not_be_durable() -> None:
    from django.db import transaction

    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        services.get_or_create_named("t", "n", lambda: SecretText("v"), organisation_id=None)


def test_a_wrong_master_key_is_named_and_changes_nothing(settings: Settings) -> None:
    reference = services.store().put_if_absent(SecretText(CANARY), organisation_id=None, owner="t", name="n")
    settings.ONECLICK_MASTER_KEY = other_key()

    for use in (
        lambda: services.get(reference),
        lambda: services.put(SecretText("v"), organisation_id=None, owner="t"),
        lambda: services.store().put_if_absent(SecretText("v"), organisation_id=None, owner="t", name="m"),
        lambda: services.rotate(reference, SecretText("v")),
        services.check,
    ):
        with pytest.raises(WrongMasterKey) as caught:
            use()
        assert caught.value.code == "wrong_master_key"
        assert "ONECLICK_MASTER_KEY" in caught.value.hint

    settings.ONECLICK_MASTER_KEY = SecretText("")
    services.check()
    assert services.get(reference).reveal() == CANARY


@pytest.mark.parametrize("text", ["no base64 !", b64encode(b"short").decode(), b64encode(b"l" * 33).decode()])
def test_a_malformed_master_key_is_refused_without_showing_it(settings: Settings, text: str) -> None:
    settings.ONECLICK_MASTER_KEY = SecretText(text)

    with pytest.raises(SettingError, match="ONECLICK_MASTER_KEY") as caught:
        services.put(SecretText("v"), organisation_id=None, owner="t")

    assert text not in "".join(traceback.format_exception(caught.value))


def test_an_unknown_backend_is_refused_with_those_that_exist(settings: Settings) -> None:
    settings.ONECLICK_SECRET_STORE = "vault-of-dreams"

    with pytest.raises(SettingError, match="vault-of-dreams") as caught:
        services.get("secret:x")

    assert "database" in caught.value.hint


@pytest.mark.parametrize("column", ["organisation_id", "owner", "name", "ciphertext", "wrapped_key"])
def test_a_secret_that_was_changed_or_moved_does_not_open(cast: Cast, column: str) -> None:
    mine = services.store().put_if_absent(
        SecretText(CANARY), organisation_id=cast.organisation.id, owner="t", name="mine"
    )
    theirs = services.store().put_if_absent(
        SecretText("other"), organisation_id=cast.elsewhere.id, owner="u", name="theirs"
    )
    stolen = Secret.objects.get(id=mine.removeprefix("secret:"))
    value = {"owner": "else", "name": "else"}.get(column, getattr(stolen, column))
    Secret.objects.filter(id=theirs.removeprefix("secret:")).update(**{column: value})

    with pytest.raises(SecretDamaged) as caught:
        services.get(theirs)

    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_rewrapping_moves_every_secret_to_a_new_master_key(settings: Settings) -> None:
    references = [services.put(SecretText(f"v{n}"), organisation_id=None, owner="t") for n in range(3)]
    before = list(Secret.objects.order_by("id").values_list("ciphertext", flat=True))

    assert DatabaseStore().rewrap(MasterKey(b"k" * 32)) == 3

    with pytest.raises(WrongMasterKey):
        services.get(references[0])
    settings.ONECLICK_MASTER_KEY = other_key()
    services.check()
    assert [services.get(reference).reveal() for reference in references] == ["v0", "v1", "v2"]
    assert list(Secret.objects.order_by("id").values_list("ciphertext", flat=True)) == before


def test_no_repr_or_pickle_shows_a_key_or_a_value() -> None:
    key = master_key()
    row = Secret.objects.get(
        id=services.store()
        .put_if_absent(SecretText(CANARY), organisation_id=None, owner="t", name="n")
        .removeprefix("secret:")
    )

    assert CANARY not in f"{row!r} {row} {key!r} {vars(row)}"
    with pytest.raises(TypeError):
        pickle.dumps(key)
