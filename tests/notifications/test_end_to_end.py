"""From a request over REST to a mail at the server, through the real stack."""

import json
import subprocess
import sys
import urllib.request

import pytest

from tests.notifications.post_office import open_post_office
from tests.notifications.test_settings import settings_of
from tests.stack.conftest import Installation, eventually, installation, template

__all__ = ["installation", "template"]

SOMEBODY_WITH_A_TOKEN = """
from oneclick.cli import django
django.setup()
from oneclick.accounts import queries, services
from oneclick.accounts.models import Membership
from oneclick.accounts.roles import Role
here = services.ensure_default_organisation(actor="system:test")
services.add_user(here, issuer="https://identity.example", subject="ada", email="ada@acme.example", name="Ada",
                  role=Role.ADMIN, actor="system:test")
ada = services.user_principal(Membership.objects.get())
print(services.issue_token(ada, name="t", role=Role.ADMIN, days=1)[1].reveal())
"""


@pytest.mark.timeout(240)
def test_a_warehouse_that_is_ready_is_told_once(installation: Installation) -> None:
    with open_post_office(wants_login=True) as office:
        installation.settings |= settings_of(office)
        url = installation.up()["url"]
        token = subprocess.run(
            [sys.executable, "-c", SOMEBODY_WITH_A_TOKEN], env=installation.environment, cwd="/", check=True,
            capture_output=True, text=True,
        ).stdout.strip()  # fmt: skip
        asked = urllib.request.Request(  # noqa: S310 - ours
            f"{url}/api/warehouses",
            data=json.dumps({"name": "sales", "provider": "local"}).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310 - the same
            location = answer.headers["Location"]

        assert eventually(lambda: office.received, within_s=60)
        assert not eventually(lambda: len(office.received) > 1, within_s=22), "a periodic look sends it again"

    assert office.recipients == ["ada@acme.example"]
    assert office.received[0]["Subject"].startswith("sales is ready (")
    body = office.received[0].get_body(("plain",))
    assert body is not None
    assert f"{url}/changes/{location.rsplit('/', 1)[1]}" in body.get_content()
    assert installation.run("down").returncode == 0
