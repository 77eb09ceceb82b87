"""What destroys or reveals asks for a sign-in of the last quarter of an hour, on pages and over REST."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from oneclick.accounts.models import ApiToken, Membership
from oneclick.accounts.roles import Role
from oneclick.accounts.sign_in.models import IdentityProvider
from oneclick.core.ids import new_id
from oneclick.project.api import api
from tests.accounts.conftest import Api, signed_in, with_token
from tests.cast import Cast

pytestmark = pytest.mark.django_db

PAGES = [
    ("POST", "/tokens/new"),
    ("POST", "/team/{member}/remove"),
    ("POST", "/team/{member}"),
    ("POST", "/team/invitations/new"),
    ("POST", "/team/leave"),
    ("POST", "/team/removed/{member}/readmit"),
    ("POST", "/tokens/service-accounts/{nothing}/remove"),
    ("POST", "/settings/sign-in/add/okta"),
    ("POST", "/settings/sign-in/{provider}"),
    ("POST", "/settings/sign-in/{provider}/enforce"),
    ("POST", "/settings/sign-in/{provider}/remove"),
    ("GET", "/settings/sign-in/{provider}"),
    ("GET", "/tokens/new"),
]
OPERATIONS: dict[str, Any] = {
    "createToken": {"name": "n"},
    "invite": {"email": "x@example.net"},
    "changeRole": {"role": "admin"},
    "removeMember": None,
    "leaveOrganisation": None,
    "readmitMember": None,
    "removeServiceAccount": None,
    "addIdentityProvider": {"kind": "okta", "where": "a.okta.com", "client_id": "c", "client_secret": "s"},
    "changeIdentityProvider": {"client_id": "c"},
    "removeIdentityProvider": None,
    "enforceIdentityProvider": None,
    "relaxIdentityProvider": None,
    "getCredentials": None,
    "rotateCredentials": {},
    "destroyWarehouse": None,
}
"""Operation → a body that fits it."""


@pytest.fixture
def names(cast: Cast) -> dict[str, str]:
    provider = IdentityProvider.objects.create(
        organisation=cast.organisation, slug="a", kind="okta", issuer="https://a.okta.com", client_id="c"
    )
    names = {"member": cast.member.id, "provider": str(provider.id), "nothing": str(new_id())}
    return {**names, "service_account": names["nothing"], "warehouse": names["nothing"]}


@pytest.mark.parametrize(("method", "path"), PAGES)
def test_a_page_sends_whoever_signed_in_long_ago_to_sign_in_again(
    cast: Cast, names: dict[str, str], method: str, path: str
) -> None:
    browser = signed_in(cast.admin, is_fresh=False)

    answer = browser.generic(method, path.format(**names))

    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/sign-in/again")
    assert (Membership.objects.filter(organisation=cast.organisation).count(), ApiToken.objects.count()) == (3, 0)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_rest_refuses_a_session_that_is_old(cast: Cast, names: dict[str, str], name: str) -> None:
    (method, path) = next(
        (method, path)
        for path, methods in api.get_openapi_schema(path_prefix="/api/")["paths"].items()
        for method, operation in methods.items()
        if operation["operationId"] == name
    )
    path = path.format(**names)
    old, fresh, token = Api(client=signed_in(cast.admin, is_fresh=False)), Api(client=signed_in(cast.admin)), None

    refused = old(method.upper(), path, OPERATIONS[name])

    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "fresh_sign_in_needed")
    token = with_token(cast.admin)
    for caller in (fresh, token):
        assert b"fresh_sign_in_needed" not in caller(method.upper(), path, OPERATIONS[name]).content


def test_the_way_back_leads_to_the_page_that_the_form_is_on(cast: Cast, names: dict[str, str]) -> None:
    browser, path = signed_in(cast.admin, is_fresh=False), f"/settings/sign-in/{names['provider']}"

    def way_back(**headers: str) -> str:
        return str(browser.post(f"{path}/enforce", headers=headers)["Location"])

    assert way_back(Referer=f"http://testserver{path}?a=b") == f"/sign-in/again?{urlencode({'next': f'{path}?a=b'})}"
    assert "evil" not in way_back(Referer="https://evil.example/x")
    assert browser.get(f"{path}?x=1")["Location"].endswith("%3Fx%3D1")


def test_htmx_leaves_the_page_instead_of_putting_the_sign_in_into_it(cast: Cast) -> None:
    browser = signed_in(cast.admin, is_fresh=False)
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/tokens?q=1"}

    answer = browser.post("/tokens/new", headers=headers)

    assert (answer.status_code, answer["HX-Redirect"]) == (200, "/sign-in/again?next=%2Ftokens%3Fq%3D1")


def test_wrong_tokens_are_counted_by_address_and_right_ones_go_on_working(cast: Cast) -> None:
    good = with_token(cast.admin, Role.READER)

    def wrong(number: int, address: str = "192.0.2.1") -> Any:
        token = {"Authorization": f"Bearer ocd_guess{number}"}
        return Client(REMOTE_ADDR=address).get("/api/organisation", headers=token)

    assert {wrong(number).status_code for number in range(30)} == {401}
    refused = wrong(30)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_wrong_tokens")
    assert "Wait" in refused.json()["error"]["hint"]
    assert wrong(31, "192.0.2.2").status_code == 401
    good.client.defaults["REMOTE_ADDR"] = "192.0.2.1"
    assert good("GET", "/api/organisation").status_code == 200
    assert wrong(32).status_code == 429
