"""People with a browser, and programs with a token."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from oneclick.accounts import operators
from oneclick.accounts.roles import Principal, Role
from oneclick.accounts.services import issue_token
from oneclick.accounts.sign_in.session_store import row_of
from oneclick.accounts.users.models import User
from oneclick.core.clock import utcnow
from tests.cast import Cast, user

Call = Callable[..., HttpResponse]


@dataclass(frozen=True, kw_only=True)
class Api:
    """Calls the REST API with these headers, and remembers what a browser would."""

    headers: dict[str, str] = field(default_factory=dict)
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def __call__(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        return self.client.generic(
            method,
            path,
            data="" if body is None else json.dumps(body),
            content_type="application/json",
            headers={**self.headers, **headers},
        )


def with_token(principal: Principal, role: Role | None = None) -> Api:
    _, raw = issue_token(principal, name="t", role=role or principal.role, days=30)
    return Api(headers={"Authorization": f"Bearer {raw.reveal()}"})


def signed_in(principal: Principal, *, checks_csrf: bool = False, is_fresh: bool = True) -> Client:
    """A browser in which one of the cast signed in, a moment ago or longer."""
    return signed_in_as(user(principal), checks_csrf=checks_csrf, is_fresh=is_fresh)


def signed_in_as(somebody: User, *, checks_csrf: bool = False, is_fresh: bool = True) -> Client:
    """The same for any user."""
    client = Client(raise_request_exception=False, enforce_csrf_checks=checks_csrf)
    client.force_login(somebody)
    if is_fresh:
        session = client.session
        session.load()
        row = row_of(session)
        assert row is not None
        row.fresh_at = utcnow()
        row.save()
    return client


def an_operator(name: str = "operator") -> User:
    """An operator of the installation who belongs to no organisation."""
    made, _ = User.objects.get_or_create(
        issuer="https://identity.example", subject=name, defaults={"name": name, "email": f"{name}@example.com"}
    )
    operators.grant(made, actor="system:test")
    return made


@pytest.fixture
def as_admin(cast: Cast) -> Api:
    return with_token(cast.admin)


@pytest.fixture
def as_member(cast: Cast) -> Api:
    return with_token(cast.member)


@pytest.fixture
def as_reader(cast: Cast) -> Api:
    return with_token(cast.reader)


@pytest.fixture
def as_outsider(cast: Cast) -> Api:
    return with_token(cast.outsider)
