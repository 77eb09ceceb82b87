"""Thousands of odd requests that fit the API's own description, or nearly: no fault of ours, no undocumented answer.

Bounded and deterministic: the same requests each time.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.conf import settings as django_settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from oneclick.accounts.roles import Role
from oneclick.accounts.services import issue_token
from oneclick.project.api import api
from oneclick.project.wsgi import application
from tests.accounts.conftest import an_operator, signed_in_as
from tests.accounts.isolation import World, undone
from tests.accounts.sign_in.conftest import idp, origin, provider  # noqa: F401 - fixtures, asked for by name
from tests.accounts.test_isolation import folders_at_home, numbers, one_lake, world  # noqa: F401 - fixtures, asked for by name

pytestmark = pytest.mark.django_db
EXAMPLES = 12
RESOLVED = {"warehouse", "job", "query", "member", "invitation", "token", "service_account", "provider"}
RESOLVED |= {"tenant", "user", "connection", "flow", "run"}
"""Parts of addresses for which half of the requests name what exists."""

description = schemathesis.openapi.from_dict(api.get_openapi_schema(path_prefix="/api/"))
description.app = application


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """What ends a request would close the connection that the test's transaction is on."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@description.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_documented(case: schemathesis.Case, world: World) -> None:  # noqa: F811 - the fixture
    for name in RESOLVED & set(case.path_parameters or {}):
        if len(str(case.body)) % 2:
            case.path_parameters[name] = world.ids[name]
    with undone():
        is_operators = case.path.startswith("/api/operator/")
        response = case.call(headers=headers_of_an_operator() if is_operators else headers_of(world))
    case.validate_response(response, checks=(not_a_server_error, status_code_conformance, response_schema_conformance))


def headers_of(world: World) -> dict[str, Any]:  # noqa: F811 - the fixture
    _, raw = issue_token(world.cast.admin, name="fuzz", role=Role.ADMIN, days=30)
    return {"Authorization": f"Bearer {raw.reveal()}"}


def headers_of_an_operator() -> dict[str, Any]:
    browser, csrf = signed_in_as(an_operator()), "c" * 32
    cookies = {
        django_settings.SESSION_COOKIE_NAME: browser.cookies[django_settings.SESSION_COOKIE_NAME].value,
        django_settings.CSRF_COOKIE_NAME: csrf,
    }
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()), "X-CSRFToken": csrf}
