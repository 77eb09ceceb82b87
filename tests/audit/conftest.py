"""The log is append-only, so tests leave their events behind: each works on organisations of its own."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection, transaction

from oneclick.audit import witness
from oneclick.audit.models import AuditEvent
from oneclick.audit.services import record
from oneclick.core.ids import new_id

Write = Callable[..., AuditEvent]


@pytest.fixture(autouse=True)
def own_witness(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Other tests run installations with the same home on other databases: their chains end elsewhere."""
    monkeypatch.setattr(witness, "folder", lambda: tmp_path)


@pytest.fixture
def organisation_id() -> UUID:
    return new_id()


@pytest.fixture
def write(db: None, organisation_id: UUID) -> Write:
    def write(number: int = 0, *, organisation: UUID | None = organisation_id) -> AuditEvent:
        event = record(
            organisation_id=organisation,
            actor="user:1",
            action="thing.made",
            target_kind="thing",
            target_id=str(number),
            detail={"number": number, "price": 1.10, "text": "ü"},
        )
        event.refresh_from_db()
        return event

    return write


@pytest.fixture
def tamper() -> Callable[..., int]:
    """Change the log as somebody with the database owner's rights would: without its triggers."""

    def tamper(table: str, sql: str, *parameters: object) -> int:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(sql, parameters)
            count = cursor.rowcount
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        return count

    return tamper
