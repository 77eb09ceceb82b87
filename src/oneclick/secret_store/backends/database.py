"""The default backend: ciphertext in our own PostgreSQL, the master key outside of it."""

from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from oneclick.core.clock import utcnow
from oneclick.core.ids import new_id
from oneclick.core.secrets import SecretText
from oneclick.secret_store.envelope import MasterKey, Sealed
from oneclick.secret_store.errors import SecretNotFound, WrongMasterKey
from oneclick.secret_store.models import Secret
from oneclick.stack.keys import key_bytes

_SCHEME = "secret:"


class DatabaseStore:
    """A `SecretStore` over the table `Secret`."""

    def __init__(self, master: MasterKey | None = None) -> None:
        self._master = master or master_key()

    def put(self, value: SecretText, *, organisation_id: UUID | None, owner: str) -> str:
        """Store a value without a name; the reference to it."""
        self._refuse_second_key()
        row = self._sealed_row(value, organisation_id=organisation_id, owner=owner, name="")
        row.save(force_insert=True)
        return _reference(row.id)

    def put_if_absent(self, value: SecretText, *, organisation_id: UUID | None, owner: str, name: str) -> str:
        """Store a value under a free name, or leave the one that is there; the reference of what is there now."""
        if not name:
            raise ValueError("a named secret needs a name")
        self._refuse_second_key()
        row = self._sealed_row(value, organisation_id=organisation_id, owner=owner, name=name)
        Secret.objects.bulk_create([row], ignore_conflicts=True)
        return _reference(Secret.objects.values_list("id", flat=True).get(owner=owner, name=name))

    def get(self, reference: str) -> SecretText:
        """The value; raises `SecretNotFound`."""
        row = _row(reference)
        self._demand_our_key(row.key_id)
        return self._master.open(_sealed(row), context=_context(row))

    def find(self, *, owner: str, name: str) -> str | None:
        """The reference of that name, if any."""
        found = Secret.objects.filter(owner=owner, name=name).values_list("id", flat=True).first() if name else None
        return _reference(found) if found else None

    def rotate(self, reference: str, value: SecretText) -> None:
        """Replace the value under a fresh data key; the reference stays."""
        row = _row(reference)
        self._demand_our_key(row.key_id)
        sealed = self._master.seal(value, context=_context(row))
        Secret.objects.filter(id=row.id).update(
            ciphertext=sealed.ciphertext,
            wrapped_key=sealed.wrapped_key,
            key_id=sealed.key_id,
            version=F("version") + 1,
            changed_at=utcnow(),
        )

    def delete(self, reference: str) -> None:
        """Forget it; gone already is fine."""
        Secret.objects.filter(id=_id(reference)).delete()

    def check(self) -> None:
        """Raise `WrongMasterKey` where any secret was written with another key."""
        strangers = Secret.objects.exclude(key_id=self._master.id).values_list("key_id", flat=True).distinct()
        for key_id in strangers:
            self._demand_our_key(key_id)
        newest = Secret.objects.order_by("-id").first()
        if newest:
            self._master.open(_sealed(newest), context=_context(newest))

    @transaction.atomic
    def rewrap(self, successor: MasterKey) -> int:
        """Wrap every data key under another master key, all or none; how many there were.

        Run it with the stack stopped, then put the new key into force.
        """
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {Secret._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")  # noqa: SLF001 - Django's public name for it
        count = 0
        for row in Secret.objects.exclude(key_id=successor.id).iterator():
            self._demand_our_key(row.key_id)
            sealed = self._master.rewrap(_sealed(row), successor, context=_context(row))
            Secret.objects.filter(id=row.id).update(wrapped_key=sealed.wrapped_key, key_id=sealed.key_id)
            count += 1
        return count

    # -- the parts ---------------------------------------------------------------------------------------------

    def _sealed_row(self, value: SecretText, *, organisation_id: UUID | None, owner: str, name: str) -> Secret:
        row = Secret(id=new_id(), organisation_id=organisation_id, owner=owner, name=name)
        sealed = self._master.seal(value, context=_context(row))
        row.ciphertext, row.wrapped_key, row.key_id = sealed.ciphertext, sealed.wrapped_key, sealed.key_id
        return row

    def _refuse_second_key(self) -> None:
        """A store written with two keys could be opened with neither."""
        key_id = Secret.objects.order_by("-id").values_list("key_id", flat=True).first()
        if key_id:
            self._demand_our_key(key_id)

    def _demand_our_key(self, key_id: str) -> None:
        if key_id != self._master.id:
            raise WrongMasterKey(
                f"The secrets were stored with master key {key_id}, but key {self._master.id} is in force."
            )


def master_key() -> MasterKey:
    """The master key in force; raises `SettingError` where it isn't a key."""
    return MasterKey(key_bytes(settings.HOME, "master", settings.ONECLICK_MASTER_KEY, setting="ONECLICK_MASTER_KEY"))


def _reference(secret_id: UUID) -> str:
    return f"{_SCHEME}{secret_id}"


def _id(reference: str) -> UUID:
    try:
        return UUID(reference.removeprefix(_SCHEME))
    except ValueError:
        raise SecretNotFound("That isn't a reference to a secret.") from None


def _row(reference: str) -> Secret:
    row = Secret.objects.filter(id=_id(reference)).first()
    if row is None:
        raise SecretNotFound(f"There is no secret {reference}.")
    return row


def _sealed(row: Secret) -> Sealed:
    return Sealed(ciphertext=bytes(row.ciphertext), wrapped_key=bytes(row.wrapped_key), key_id=row.key_id)


def _context(row: Secret) -> bytes:
    """What the secret belongs to, authenticated beside it."""
    return "\0".join(("oneclick secret 1", str(row.organisation_id or ""), row.owner, row.name, str(row.id))).encode()
