import pytest
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from oneclick.project import health


@pytest.fixture(autouse=True)
def fresh() -> None:
    health._demand_migrated.cache_clear()


@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Points Django at a port where nobody listens."""
    monkeypatch.setitem(connections["default"].settings_dict, "PORT", "1")


def test_a_process_says_that_it_lives_without_any_database(client: Client, no_database: None) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_it_is_ready_when_the_database_answers_and_is_migrated(client: Client) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["checks"] == {"database": "ok", "migrations": "ok"}


def test_it_is_not_ready_without_the_database(client: Client, no_database: None) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "unreachable", "migrations": "unknown"}


@pytest.mark.django_db
def test_it_is_not_ready_before_the_migrations_ran(client: Client) -> None:
    MigrationRecorder.Migration.objects.filter(app="provisioning").delete()

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "ok", "migrations": "pending"}


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_they_only_read(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
