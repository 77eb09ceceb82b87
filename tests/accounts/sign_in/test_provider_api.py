"""Identity providers over REST: what the pages do, with the same rights; the client secret goes in and never out."""

from typing import Any

import pytest
from django.test import Client

from oneclick.accounts.sign_in import providers
from oneclick.accounts.sign_in.models import IdentityProvider
from oneclick.audit.models import AuditEvent
from oneclick.core.clock import utcnow
from oneclick.project.api import api
from oneclick.secret_store import services as secret_store
from tests.accounts.conftest import Api, with_token
from tests.accounts.sign_in.conftest import typed
from tests.accounts.sign_in.provider import CLIENT_SECRET, Provider, redirect_to
from tests.cast import Cast

pytestmark = pytest.mark.django_db
PATH = "/api/identity-providers"


@pytest.fixture
def as_admin(cast: Cast, origin: str) -> Api:
    return with_token(cast.admin)


def body(**changes: Any) -> dict[str, Any]:
    return {"kind": "okta", "where": "one.okta.com", "client_id": "c", "client_secret": "c4n4ry-of-rest", **changes}


def test_one_is_set_up(as_admin: Api, cast: Cast) -> None:
    answer = as_admin("POST", PATH, body(roles_by_group={"bosses": "admin"}, default_role="reader"))

    assert answer.status_code == 201, answer.content
    made, said = IdentityProvider.objects.get(), answer.json()
    assert (made.organisation, made.issuer, made.is_operators) == (cast.organisation, "https://one.okta.com", False)
    assert secret_store.get(made.secret_reference).reveal() == "c4n4ry-of-rest"
    assert said["redirect_uri"] == f"http://testserver/sign-in/callback/{made.slug}"
    assert (said["roles_by_group"], said["default_role"]) == ({"bosses": "admin"}, "reader")
    assert (said["is_enforced"], said["proved_at"]) == (False, None)


def test_no_answer_holds_the_secret(as_admin: Api) -> None:
    made = as_admin("POST", PATH, body())
    answers = [made, as_admin("GET", PATH), as_admin("GET", f"{PATH}/{made.json()['id']}")]
    answers += [as_admin("POST", PATH, body(kind="entra")), as_admin("POST", PATH, body(surplus=1))]
    answers += [as_admin("POST", PATH, body(client_secret=["c4n4ry-of-rest"]))]

    assert [answer.status_code for answer in answers] == [201, 200, 200, 422, 422, 422]
    assert not any(b"c4n4ry" in answer.content for answer in answers)


def test_the_description_says_that_the_secret_is_write_only() -> None:
    schemas = api.get_openapi_schema()["components"]["schemas"]

    assert schemas["ProviderRequest"]["properties"]["client_secret"]["writeOnly"]
    assert schemas["ProviderChange"]["properties"]["client_secret"]["anyOf"][0]["writeOnly"]
    assert "secret" not in str(schemas["ProviderAnswer"]["properties"])


def test_what_is_left_out_stays(as_admin: Api, provider: IdentityProvider, idp: Provider) -> None:
    answer = as_admin("PATCH", f"{PATH}/{provider.id}", {"client_id": "two", "roles_by_group": {"a": "member"}})

    assert answer.status_code == 200, answer.content
    said = answer.json()
    assert (said["client_id"], said["issuer"], said["default_role"]) == ("two", idp.issuer, "reader")
    assert as_admin("PATCH", f"{PATH}/{provider.id}", {"default_role": None}).json()["default_role"] is None
    provider.refresh_from_db()
    assert provider.roles_by_group == {"a": "member"}
    assert secret_store.get(provider.secret_reference).reveal() == CLIENT_SECRET
    assert as_admin("PATCH", f"{PATH}/{provider.id}", {"client_secret": "new one"}).status_code == 200
    assert secret_store.get(provider.secret_reference).reveal() == "new one"


def test_another_address_needs_its_own_secret(as_admin: Api, provider: IdentityProvider) -> None:
    answer = as_admin("PATCH", f"{PATH}/{provider.id}", {"where": "https://evil.example"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "provider_unusable")


def test_the_connection_is_tested(as_admin: Api, provider: IdentityProvider, idp: Provider) -> None:
    answer = as_admin("POST", f"{PATH}/{provider.id}/test")

    assert answer.status_code == 200, answer.content
    assert answer.json()["token_endpoint"] == f"{idp.issuer}/token"
    assert answer.json()["is_proved"] is False
    idp.answers["/keys"] = redirect_to("http://127.0.0.1:1/")
    failed = as_admin("POST", f"{PATH}/{provider.id}/test")
    assert (failed.status_code, failed.json()["error"]["code"]) == (503, "provider_failed")


def test_what_nobody_signed_in_through_is_not_enforced(as_admin: Api, provider: IdentityProvider) -> None:
    early = as_admin("POST", f"{PATH}/{provider.id}/enforce")
    assert (early.status_code, early.json()["error"]["code"]) == (409, "provider_not_proved")

    IdentityProvider.objects.update(proved_at=utcnow())
    assert as_admin("POST", f"{PATH}/{provider.id}/enforce").json()["is_enforced"] is True
    assert as_admin("POST", f"{PATH}/{provider.id}/relax").json()["is_enforced"] is False


def test_it_is_removed_and_written_down(as_admin: Api, provider: IdentityProvider) -> None:
    assert as_admin("DELETE", f"{PATH}/{provider.id}").status_code == 204

    assert not IdentityProvider.objects.exists()
    assert as_admin("DELETE", f"{PATH}/{provider.id}").status_code == 404
    event = AuditEvent.objects.get(action="identity_provider.removed")
    assert event.actor.startswith("token:")


@pytest.mark.parametrize("who", ["member", "reader", "outsider"])
def test_relaxing_is_the_admin_s_alone(cast: Cast, provider: IdentityProvider, who: str) -> None:
    IdentityProvider.objects.update(proved_at=utcnow(), is_enforced=True)

    answer = with_token(getattr(cast, who))("POST", f"{PATH}/{provider.id}/relax")

    assert answer.status_code == (404 if who == "outsider" else 403)
    assert Client().post(f"{PATH}/{provider.id}/relax").status_code == 401
    assert IdentityProvider.objects.get().is_enforced


def test_each_organisation_sees_its_own(as_admin: Api, cast: Cast, provider: IdentityProvider, idp: Provider) -> None:
    theirs = providers.add_provider(cast.outsider, typed(idp))

    assert [each["id"] for each in as_admin("GET", PATH).json()] == [str(provider.id)]
    assert as_admin("GET", f"{PATH}/{theirs.id}").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [{"client_secret": "\x00"}, {"client_secret": "\ud800"}, {"kind": "stub"}, {"default_role": "admin"},
     {"roles_by_group": {"a\x00": "admin"}}, {"client_id": " "}, {"roles_by_group": {"a": "owner"}}],
)  # fmt: skip
def test_nonsense_is_refused_in_words(as_admin: Api, wrong: dict[str, Any]) -> None:
    answer = as_admin("POST", PATH, body(**wrong))

    assert answer.status_code == 422, answer.content
    assert answer.json()["error"]["message"]
