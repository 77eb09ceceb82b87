"""The provider that the environment describes."""

from typing import Any

import pytest

from oneclick.accounts.models import Organisation
from oneclick.accounts.roles import Role
from oneclick.accounts.sign_in import first_provider
from oneclick.accounts.sign_in.models import IdentityProvider, ProviderKind
from oneclick.accounts.sign_in.providers import ProviderInput
from oneclick.audit.models import AuditEvent
from oneclick.core.environment import SettingError
from oneclick.core.secrets import SecretText
from oneclick.project import sign_in_settings
from oneclick.secret_store import services as secret_store

OKTA = {
    "ONECLICK_OIDC_KIND": "okta",
    "ONECLICK_OIDC_ISSUER": "company.okta.com",
    "ONECLICK_OIDC_CLIENT_ID": "one",
    "ONECLICK_OIDC_CLIENT_SECRET": "c4n4ry",
}


def set_up(**changes: Any) -> IdentityProvider:
    fields: dict[str, Any] = {
        "kind": ProviderKind.OKTA, "where": "company.okta.com", "client_id": "one", "client_secret": SecretText("one"),
        "roles_by_group": {"admins": Role.ADMIN},
    }  # fmt: skip
    given = ProviderInput(**{**fields, **changes})
    return first_provider.set_up(given, organisation="Acme", domain="acme.example", actor="operator:test")


def test_the_environment_describes_a_provider() -> None:
    groups = {"ONECLICK_OIDC_ADMIN_GROUPS": "a, b", "ONECLICK_OIDC_READER_GROUPS": "b,c"}
    given = sign_in_settings.read_sign_in({**OKTA, **groups}).first_provider
    assert given is not None
    assert given.roles_by_group == {"a": "admin", "b": "admin", "c": "reader"}
    assert "c4n4ry" not in repr(given)
    assert sign_in_settings.read_sign_in({}).first_provider is None


@pytest.mark.parametrize("missing", list(OKTA))
def test_half_a_description_is_refused(missing: str) -> None:
    with pytest.raises(SettingError, match=missing):
        sign_in_settings.read_sign_in({name: value for name, value in OKTA.items() if name != missing})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ONECLICK_SIGNUP", "yes"),
        ("ONECLICK_TRUSTED_PROXIES", "proxy.example"),
        ("ONECLICK_OIDC_DEFAULT_ROLE", "admin"),
    ],
)
def test_a_bad_value_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name):
        sign_in_settings.read_sign_in({name: value})


@pytest.mark.django_db
def test_it_is_set_up_once_and_changed_when_the_environment_changes() -> None:
    made = set_up()
    events = AuditEvent.objects.count()
    assert set_up().id == made.id
    assert AuditEvent.objects.count() == events
    assert made.is_operators
    assert Organisation.objects.get().domain == "acme.example"
    changed = set_up(client_secret=SecretText("two"), client_id="2")
    assert (changed.id, changed.client_id) == (made.id, "2")
    assert secret_store.get(changed.secret_reference).reveal() == "two"
    assert IdentityProvider.objects.count() == 1


@pytest.mark.django_db
def test_another_kind_replaces_it() -> None:
    set_up()
    set_up(kind=ProviderKind.GOOGLE, where="acme.example")
    assert IdentityProvider.objects.get().kind == "google"
