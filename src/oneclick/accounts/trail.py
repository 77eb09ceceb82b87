"""The audit log of an organisation, as its admins read it and take it along: with names, and as a file."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from oneclick.accounts.queries import names_of
from oneclick.accounts.roles import Permission, Principal
from oneclick.audit import queries
from oneclick.audit.models import AuditEvent
from oneclick.audit.queries import EVERYTHING, PAGE, Wanted
from oneclick.audit.services import record

BATCH = 1000
COLUMNS = (
    "id",
    "at",
    "actor",
    "actor_name",
    "action",
    "target_kind",
    "target_id",
    "detail",
    "correlation_id",
    "address",
)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One event with what its actor is called; the name is empty where nobody is left to ask."""

    event: AuditEvent
    actor_name: str

    def facts(self) -> dict[str, Any]:
        """As it is written into a file, in the order of `COLUMNS`."""
        found = {name: getattr(self.event, name) for name in COLUMNS if name != "actor_name"}
        found |= {"id": str(self.event.id), "at": self.event.at.isoformat(), "actor_name": self.actor_name}
        return {name: found[name] for name in COLUMNS}


def lines(
    principal: Principal, wanted: Wanted = EVERYTHING, *, limit: int = PAGE, before: UUID | None = None
) -> Sequence[Line]:
    """What happened in the organisation, the newest first."""
    principal.demand(Permission.VIEW_AUDIT)
    found = queries.events(principal.organisation_id, wanted, limit=limit, before=before)
    names = names_of(principal.organisation_id, (event.actor for event in found))
    return [Line(event=event, actor_name=names.get(event.actor, "")) for event in found]


def as_csv(principal: Principal, wanted: Wanted = EVERYTHING) -> Iterator[str]:
    """The whole log as CSV, piece by piece. That somebody took it is written down."""
    found = _exported(principal, wanted, "csv")
    return _csv(found)


def as_json_lines(principal: Principal, wanted: Wanted = EVERYTHING) -> Iterator[str]:
    """The whole log as one JSON object per line, piece by piece. That somebody took it is written down."""
    found = _exported(principal, wanted, "json")
    return (json.dumps(line.facts(), ensure_ascii=False) + "\n" for line in found)


def _exported(principal: Principal, wanted: Wanted, kind: str) -> Iterator[Line]:
    """Checked and noted now; read while it is sent."""
    principal.demand(Permission.VIEW_AUDIT)
    filters = {name: str(value) for name, value in asdict(wanted).items() if value}
    record(
        organisation_id=principal.organisation_id,
        actor=principal.label,
        action="audit.exported",
        detail={"format": kind, "filters": filters},
    )
    return _all(principal, wanted)


def _all(principal: Principal, wanted: Wanted) -> Iterator[Line]:
    before: UUID | None = None
    while batch := lines(principal, wanted, limit=BATCH, before=before):
        yield from batch
        before = batch[-1].event.id


def _csv(found: Iterator[Line]) -> Iterator[str]:
    yield _row(COLUMNS)
    for line in found:
        facts = line.facts()
        facts["detail"] = json.dumps(facts["detail"], ensure_ascii=False, sort_keys=True)
        yield _row([_harmless(str(value)) for value in facts.values()])


def _row(values: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(values)
    return text.getvalue()


def _harmless(text: str) -> str:
    """A spreadsheet takes what starts like a formula for one (https://owasp.org/www-community/attacks/CSV_Injection)."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
