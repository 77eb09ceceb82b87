"""A provider at the wire, set up for the cast's organisation, and a browser that goes through it."""

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from oneclick.accounts.roles import Role
from oneclick.accounts.sign_in import providers
from oneclick.accounts.sign_in.discovery import directory
from oneclick.accounts.sign_in.models import IdentityProvider, ProviderKind
from oneclick.accounts.sign_in.providers import ProviderInput
from oneclick.core.secrets import SecretText
from oneclick.outbound.services import From, allow
from tests.accounts.sign_in.provider import CLIENT_ID, CLIENT_SECRET, Provider, running
from tests.cast import Cast


@pytest.fixture
def origin(settings: Any) -> str:
    settings.ONECLICK_ORIGIN = "http://testserver"
    return "http://testserver"


@pytest.fixture
def idp(cast: Cast, origin: str) -> Iterator[Provider]:
    with running() as provider:
        allow(f"127.0.0.1:{provider.port}", actor="system:test", sitting=From.COMMAND_LINE)
        yield provider
        directory.forget(provider.issuer)


def typed(idp: Provider, **changes: Any) -> ProviderInput:
    fields: dict[str, Any] = {
        "kind": ProviderKind.GENERIC, "where": idp.issuer, "client_id": CLIENT_ID,
        "client_secret": SecretText(CLIENT_SECRET), "default_role": Role.READER,
    }  # fmt: skip
    return ProviderInput(**{**fields, **changes})


@pytest.fixture
def provider(cast: Cast, idp: Provider) -> IdentityProvider:
    return providers.add_provider(cast.admin, typed(idp))


class Browser:
    """A browser on the way in."""

    def __init__(self, provider: IdentityProvider, idp: Provider) -> None:
        self.client, self.provider, self.idp = Client(), provider, idp

    def leave(self, **data: str) -> str:
        """Press the button; the address that it leads to."""
        response = self.client.post(f"/sign-in/start/{self.provider.slug}", data)
        assert response.status_code == 200, response.content
        return address_in(response)

    def come_back(self, **query: str) -> HttpResponse:
        return self.client.get(f"/sign-in/callback/{self.provider.slug}", query)

    def sign_in(self, next_path: str = "", **claims: Any) -> HttpResponse:
        """The whole way with these claims."""
        return self.come_back(**self.idp.authorise(self.leave(next=next_path), **claims))

    @property
    def is_in(self) -> bool:
        return self.client.get("/account/").status_code == 200


@pytest.fixture
def browser(provider: IdentityProvider, idp: Provider) -> Browser:
    return Browser(provider, idp)


def address_in(response: HttpResponse) -> str:
    found = re.search(r'content="0;url=([^"]+)"', response.content.decode())
    assert found
    return html.unescape(found[1])
