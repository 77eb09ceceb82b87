from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from oneclick.accounts.roles import Role
from oneclick.accounts.services import ensure_default_organisation, operator_principal
from oneclick.accounts.sign_in import local, providers
from oneclick.accounts.sign_in.models import IdentityProvider, ProviderKind
from oneclick.core.clock import utcnow
from oneclick.core.secrets import SecretText
from oneclick.secret_store import services as secret_store
from tests.cli.conftest import Ran

Oneclick = Callable[..., Ran]
pytestmark = pytest.mark.django_db


def test_the_first_admin_s_link_is_printed_alone(oneclick: Oneclick) -> None:
    ran = oneclick("admin", "invite", "root@example.com")

    assert ran.code == 0
    address = urlsplit(ran.out.strip())
    assert address.path == "/sign-in/link"
    assert local.look_at(SecretText(parse_qs(address.query)["token"][0])).email == "root@example.com"
    assert "works once" in ran.err
    assert oneclick("admin", "invite", "nonsense").code == 4


def test_providers_are_listed_without_their_secret_and_removed(oneclick: Oneclick) -> None:
    provider = providers.add_provider(
        operator_principal(ensure_default_organisation(actor="system:test")),
        providers.ProviderInput(
            kind=ProviderKind.OKTA,
            where="company.okta.com",
            client_id="one",
            client_secret=SecretText("c4n4ry"),
            default_role=Role.READER,
        ),
    )

    listed = oneclick("sign-in", "list", "--json")

    assert [(each["issuer"], each["state"]) for each in listed.json] == [("https://company.okta.com", "not tested")]
    assert "c4n4ry" not in listed.out + oneclick("sign-in", "list").out
    assert oneclick("sign-in", "relax", str(provider.id)).code == 0
    assert oneclick("sign-in", "remove", str(provider.id)).code == 0
    assert not IdentityProvider.objects.exists()


def test_a_provider_is_set_up_with_its_secret_from_a_file(oneclick: Oneclick, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("c4n4ry\n")

    ran = oneclick("sign-in", "add", "okta", "one.okta.com", "c", "--client-secret-file", str(file))

    made = IdentityProvider.objects.get()
    assert ran.out.strip().endswith(f"/sign-in/callback/{made.slug}")
    assert secret_store.get(made.secret_reference).reveal() == "c4n4ry"
    assert "c4n4ry" not in ran.out + ran.err
    assert oneclick("sign-in", "enforce", str(made.id)).code == 5
    IdentityProvider.objects.update(proved_at=utcnow())
    assert oneclick("sign-in", "enforce", str(made.id)).code == 0
    assert IdentityProvider.objects.get().is_enforced
    wrong = oneclick("sign-in", "add", "entra", "common", "c", "--client-secret-file", str(file))
    assert (wrong.code, "tenant is named by its id" in wrong.err) == (1, True)


def test_a_provider_that_nobody_can_reach_is_said_to_be_so(oneclick: Oneclick, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("c4n4ry")
    oneclick("sign-in", "add", "generic", "http://127.0.0.1:1", "c", "--client-secret-file", str(file))

    ran = oneclick("sign-in", "test", str(IdentityProvider.objects.get().id))

    assert ran.code != 0
    assert "can't be asked" in ran.err
