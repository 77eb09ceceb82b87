"""Storing and reading secrets, by reference or by name, in the backend that the setting chooses."""

from collections.abc import Callable
from importlib import import_module
from typing import cast
from uuid import UUID

from django.conf import settings
from django.db import transaction

from oneclick.core.environment import SettingError
from oneclick.core.secrets import SecretText
from oneclick.secret_store.contract import SecretStore
from oneclick.secret_store.errors import SecretNotFound

BACKENDS = {"database": "oneclick.secret_store.backends.database:DatabaseStore"}
"""Backends by the word in the setting ONECLICK_SECRET_STORE: `module:class`."""


def store() -> SecretStore:
    """The backend in force; raises `SettingError` for a name that nobody knows."""
    name = settings.ONECLICK_SECRET_STORE
    if name not in BACKENDS:
        raise SettingError(
            f"ONECLICK_SECRET_STORE: there is no secret store {name!r}.", hint=f"Choose one of: {', '.join(BACKENDS)}."
        )
    module, _, attribute = BACKENDS[name].partition(":")
    return cast("SecretStore", getattr(import_module(module), attribute)())


def put(value: SecretText, *, organisation_id: UUID | None, owner: str) -> str:
    """Store a value in the caller's transaction; the reference to it, such as `secret:<id>`."""
    return store().put(value, organisation_id=organisation_id, owner=owner)


def get(reference: str) -> SecretText:
    """The value behind a reference; raises `SecretNotFound`."""
    return store().get(reference)


def rotate(reference: str, value: SecretText) -> None:
    """Replace the value behind a reference; raises `SecretNotFound`."""
    store().rotate(reference, value)


def delete(reference: str) -> None:
    """Forget a secret; gone already is fine."""
    store().delete(reference)


def get_named(owner: str, name: str) -> SecretText:
    """The value of that name; raises `SecretNotFound`."""
    backend = store()
    reference = backend.find(owner=owner, name=name)
    if reference is None:
        raise SecretNotFound(f"{owner} has no secret named {name}.")
    return backend.get(reference)


def delete_named(owner: str, name: str) -> None:
    """Forget the secret of that name; gone already is fine."""
    backend = store()
    reference = backend.find(owner=owner, name=name)
    if reference is not None:
        backend.delete(reference)


def get_or_create_named(
    owner: str, name: str, make: Callable[[], SecretText], *, organisation_id: UUID | None
) -> SecretText:
    """The value of that name, made and stored the first time; committed for good when this returns.

    Of any number of callers at once one stores its value, and all get that one. It can't be called inside a
    transaction, because it couldn't keep its promise there.
    """
    backend = store()
    with transaction.atomic(durable=True):
        reference = backend.find(owner=owner, name=name)
        if reference is None:
            reference = backend.put_if_absent(make(), organisation_id=organisation_id, owner=owner, name=name)
        return backend.get(reference)


def check() -> None:
    """Raise `WrongMasterKey`, with its cure, where the key in force doesn't open the store; for `doctor`."""
    store().check()
