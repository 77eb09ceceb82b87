"""A secret goes through everything that the store does, also the failing ways, and appears nowhere on the way."""

import logging
import traceback
from base64 import b64encode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from oneclick.core.errors import OneClickError
from oneclick.core.secrets import SecretText
from oneclick.secret_store import services
from oneclick.secret_store.models import Secret

CANARY = "canary-17-that-nobody-may-hear"
SPELLINGS = (CANARY, CANARY.encode().hex(), b64encode(CANARY.encode()).decode().rstrip("="))


@pytest.mark.django_db
def test_a_canary_is_heard_nowhere(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], settings: Settings
) -> None:
    caplog.set_level(logging.DEBUG)
    said: list[str] = []

    with CaptureQueriesContext(connection) as queries:
        reference = services.put(SecretText("first"), organisation_id=None, owner="canary")
        services.rotate(reference, SecretText(CANARY))
        named = services.store().put_if_absent(SecretText(CANARY), organisation_id=None, owner="canary", name="n")
        made = services.get_or_create_named("canary", "m", lambda: SecretText(CANARY), organisation_id=None)
        said += [repr(made), str(services.get(named)), f"{services.get_named('canary', 'n')}"]
        said += [repr(vars(row)) for row in Secret.objects.all()]
        said.append(_failure(lambda: services.get("secret:nonsense")))
        Secret.objects.filter(name="n").update(owner="elsewhere")
        said.append(_failure(lambda: services.get(named)))
        settings.ONECLICK_MASTER_KEY = SecretText(b64encode(b"k" * 32).decode())
        said.append(_failure(lambda: services.rotate(reference, SecretText(CANARY))))
        said.append(_failure(lambda: services.put(SecretText(CANARY), organisation_id=None, owner="canary")))

    said += [caplog.text, *capfd.readouterr(), *(query["sql"] for query in queries.captured_queries)]
    assert len("".join(said)) > 1000
    for spelling in SPELLINGS:
        assert spelling not in "".join(said)


def _failure(call: object) -> str:
    with pytest.raises(OneClickError) as caught:
        call()  # type: ignore[operator]  # a lambda
    error = caught.value
    return "".join(traceback.format_exception(error)) + repr(error) + error.message + error.hint
