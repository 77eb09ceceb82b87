"""Making, changing and removing data flows, and asking for updates: who may, and what is noted."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from oneclick.accounts.roles import Permission, Principal
from oneclick.audit.services import record
from oneclick.core.clock import utcnow
from oneclick.core.correlation import current_correlation_id
from oneclick.core.secrets import SecretText
from oneclick.job_queue.wake import wake
from oneclick.pipelines import claims, hashing, queries, scheduling, wanted
from oneclick.pipelines.contract.errors import BadFlow, FlowBusy, FlowNameTaken
from oneclick.pipelines.contract.sources import Preview, Settings, Source, Stream, Wanted
from oneclick.pipelines.contract.templates import Template, template
from oneclick.pipelines.models import UNFINISHED_RUNS, DataFlow, FlowRun, OnDrift, ScheduleKind, StreamState
from oneclick.secret_store import services as secret_store
from oneclick.warehouses import queries as warehouse_queries
from oneclick.warehouses import services as warehouses
from oneclick.warehouses.contract.data_plane import TableName
from oneclick.warehouses.contract.descriptions import Check
from oneclick.warehouses.contract.instance import AccessLevel

FORGET = "pipelines.forget_flows"
DRAFTS_KEPT = timedelta(days=7)
LONGEST_NAME = 63


def source(flow: DataFlow) -> Source:
    """What the flow reads from; raises `BadFlow`."""
    found = {name: secret_store.get(reference) for name, reference in flow.secret_refs.items()}
    return template(flow.template).source(_settings(flow.organisation_id, flow.config, found))


def connect(
    principal: Principal,
    *,
    template_key: str,
    warehouse: UUID | str,
    config: Mapping[str, str],
    given: Mapping[str, SecretText],
    name: str = "",
) -> DataFlow:
    """Keep how to reach a source, as a draft of a data flow; nothing is asked of the source.

    Raises `BadFlow`, `FlowNameTaken`, `NotFound`.
    """
    principal.demand(Permission.LOAD_DATA)
    kind = template(template_key)
    target = warehouse_queries.warehouse(principal.organisation_id, warehouse)
    kept = _validated(kind, config, set(given))
    _try_settings(kind, kept, given)
    with transaction.atomic():
        flow = _named(principal, name or _suggested_name(kind, kept), is_given=bool(name), fields={
            "warehouse": target, "template": kind.key, "config": kept, "made_by": principal.label,
        })  # fmt: skip
        flow.secret_refs = {
            field: secret_store.put(value, organisation_id=principal.organisation_id, owner=f"data_flow:{field}")
            for field, value in {**given, hashing.SALT: hashing.new_salt()}.items()
        }
        flow.save(update_fields=["secret_refs"])
        _record(principal, flow, "flow.created", template=kind.key, name=flow.name)
    return flow


def reconnect(
    principal: Principal, flow_id: UUID, *, config: Mapping[str, str], given: Mapping[str, SecretText]
) -> DataFlow:
    """Change how to reach the source; a secret that isn't given stays as it is."""
    principal.demand(Permission.LOAD_DATA)
    flow = queries.flow(principal.organisation_id, flow_id)
    kind = template(flow.template)
    kept = _validated(kind, config, {*given, *flow.secret_refs})
    old = {field: secret_store.get(reference) for field, reference in flow.secret_refs.items()}
    _try_settings(kind, kept, {**old, **given})
    with transaction.atomic():
        for field, value in given.items():
            if field in flow.secret_refs:
                secret_store.rotate(flow.secret_refs[field], value)
            else:
                flow.secret_refs[field] = secret_store.put(
                    value, organisation_id=principal.organisation_id, owner=f"data_flow:{field}"
                )
        flow.config = kept
        flow.save(update_fields=["config", "secret_refs"])
        _record(principal, flow, "flow.changed", what="connection")
    return flow


def check(principal: Principal, flow_id: UUID) -> Sequence[Check]:
    """Ask the source whether all is as it must be. Changes nothing there."""
    principal.demand(Permission.LOAD_DATA)
    return source(queries.flow(principal.organisation_id, flow_id)).check()


def discover(principal: Principal, flow_id: UUID) -> Sequence[Stream]:
    """What the source has; raises `SourceError`."""
    principal.demand(Permission.LOAD_DATA)
    return source(queries.flow(principal.organisation_id, flow_id)).discover()


def look(principal: Principal, flow_id: UUID) -> tuple[Sequence[Stream], Preview | None]:
    """What the source has, and some of it where it has more to show than names; raises `SourceError`."""
    principal.demand(Permission.LOAD_DATA)
    found = source(queries.flow(principal.organisation_id, flow_id))
    return found.discover(), found.preview()


def suggest(streams: Sequence[Stream]) -> Sequence[Wanted]:
    """What most people want of each of these streams."""
    names = wanted.table_names(streams)
    return [wanted.suggested(stream, table=names[stream.name]) for stream in streams]


def choose(
    principal: Principal, flow_id: UUID, streams: Sequence[Wanted], *, schema: str = "", on_drift: str = ""
) -> DataFlow:
    """Say what to bring. Raises `BadFlow`, `TableTaken`, `FlowBusy`."""
    principal.demand(Permission.LOAD_DATA)
    flow = queries.flow(principal.organisation_id, flow_id)
    if not streams:
        raise BadFlow("No table was chosen.", hint="Choose one at least.")
    if on_drift and on_drift not in OnDrift.values:
        raise BadFlow(f"There is no policy {on_drift!r}.", hint=f"Choose one of: {', '.join(OnDrift.values)}.")
    wanted.validate(streams)
    flow.schema = _schema(schema or flow.schema)
    plane = warehouses.data_plane(flow.warehouse, AccessLevel.WRITE)
    claims.demand_free(flow, [TableName(schema=flow.schema, name=each.table) for each in streams], plane)
    _demand_idle(flow)
    before = {each.stream: each for each in wanted.from_json(flow.streams)}
    flow.streams = wanted.to_json(streams)
    flow.on_drift = on_drift or flow.on_drift
    with transaction.atomic():
        flow.save(update_fields=["streams", "schema", "on_drift"])
        # What is brought in another way is brought anew: half of a table with a column and half without helps nobody.
        kept = [each.stream for each in streams if _is_same(before.get(each.stream), each)]
        StreamState.objects.filter(flow=flow).exclude(stream__in=kept).delete()
        _record(principal, flow, "flow.changed", what="tables")
    return flow


def schedule(
    principal: Principal,
    flow_id: UUID,
    *,
    kind: str,
    every_minutes: int | None = None,
    cron: str = "",
    after: UUID | None = None,
    time_zone: str = "UTC",
    quiet_after_hours: int | None = None,
) -> DataFlow:
    """Say when to bring what is new; a draft that has its tables is a data flow from now on. Raises `BadFlow`."""
    principal.demand(Permission.LOAD_DATA)
    flow = queries.flow(principal.organisation_id, flow_id)
    if kind not in ScheduleKind.values:
        raise BadFlow(f"There is no schedule {kind!r}.", hint=f"Choose one of: {', '.join(ScheduleKind.values)}.")
    if not flow.streams:
        raise BadFlow("No table was chosen yet.", hint="Choose what to bring first.")
    flow.schedule_kind = ScheduleKind(kind)
    flow.every_minutes = every_minutes if kind == ScheduleKind.EVERY else None
    flow.cron = " ".join(cron.split()) if kind == ScheduleKind.CRON else ""
    flow.after = queries.flow(principal.organisation_id, after) if after and kind == ScheduleKind.AFTER else None
    flow.time_zone = time_zone
    flow.quiet_after_hours, flow.told_quiet_at = quiet_after_hours, None
    scheduling.validate(flow)
    flow.next_due_at, flow.is_draft = None, False
    flow.next_due_at = scheduling.next_due(flow, utcnow())
    with transaction.atomic():
        flow.save(
            update_fields=[
                "schedule_kind", "every_minutes", "cron", "after", "time_zone", "next_due_at", "is_draft",
                "quiet_after_hours", "told_quiet_at",
            ]
        )  # fmt: skip
        _record(principal, flow, "flow.changed", what="schedule")
    return flow


def rename(principal: Principal, flow_id: UUID, name: str) -> DataFlow:
    """Give it another name; raises `FlowNameTaken`."""
    principal.demand(Permission.LOAD_DATA)
    flow = queries.flow(principal.organisation_id, flow_id)
    flow.name = _name(name)
    try:
        with transaction.atomic():
            flow.save(update_fields=["name"])
            _record(principal, flow, "flow.changed", what="name")
    except IntegrityError as exc:
        raise FlowNameTaken(f"Another data flow is called {name!r}.") from exc
    return flow


def pause(principal: Principal, flow_id: UUID) -> DataFlow:
    """Start no update by itself until it is resumed; one that is under way goes on."""
    return _set_paused(principal, flow_id, is_paused=True)


def resume(principal: Principal, flow_id: UUID) -> DataFlow:
    """Go on with the schedule."""
    return _set_paused(principal, flow_id, is_paused=False)


def run_now(principal: Principal, flow_id: UUID, *, allow_fewer: bool = False, afresh: bool = False) -> FlowRun:
    """Ask for an update. `allow_fewer` lets a source that shrank replace its tables this once; `afresh` forgets how
    far was read and brings everything again. Raises `FlowBusy`, `BadFlow`.
    """
    principal.demand(Permission.LOAD_DATA)
    flow = queries.flow(principal.organisation_id, flow_id)
    if flow.is_draft:
        raise BadFlow("The data flow isn't described to the end yet.", hint="Choose its tables and its schedule.")
    with transaction.atomic():
        run = scheduling.begin(
            flow, asked_by=principal.label, trigger="hand", allow_fewer=allow_fewer,
            correlation_id=current_correlation_id(),
        )  # fmt: skip
        if run is None:
            raise FlowBusy(f"{flow.name} is being brought up to date already.")
        if afresh:
            StreamState.objects.filter(flow=flow).update(position={})
        _record(principal, flow, "flow.run_asked", run=str(run.id))
    return run


def stop(principal: Principal, run_id: UUID) -> FlowRun:
    """Ask an update to stop; what it did so far is undone. One that has ended stays as it is."""
    principal.demand(Permission.LOAD_DATA)
    run = queries.run(principal.organisation_id, run_id)
    with transaction.atomic():
        asked = FlowRun.objects.filter(id=run.id, state__in=UNFINISHED_RUNS, stop_asked_at=None)
        if asked.update(stop_asked_at=utcnow()):
            wake(scheduling.DRIVE, run_id=str(run.id))
            _record(principal, run.flow, "flow.stop_asked", run=str(run.id))
    return queries.run(principal.organisation_id, run_id)


def accept_columns(principal: Principal, flow_id: UUID) -> DataFlow:
    """Go on with the columns that the source has now."""
    principal.demand(Permission.LOAD_DATA)
    flow = queries.flow(principal.organisation_id, flow_id)
    with transaction.atomic():
        StreamState.objects.filter(flow=flow).update(columns={})
        _record(principal, flow, "flow.changed", what="columns accepted")
    return flow


def remove(principal: Principal, flow_id: UUID) -> None:
    """Forget a data flow with its secrets and its history. Its tables stay. Raises `FlowBusy`."""
    principal.demand(Permission.LOAD_DATA)
    flow = queries.flow(principal.organisation_id, flow_id)
    _demand_idle(flow)
    with transaction.atomic():
        _record(principal, flow, "flow.removed", name=flow.name)
        _forget(flow)


def forget_of_warehouse(warehouse_id: UUID) -> None:
    """Forget all data flows of a warehouse that is gone."""
    for flow in DataFlow.objects.filter(warehouse_id=warehouse_id):
        with transaction.atomic():
            _forget(flow)


def forget_drafts() -> None:
    """Forget drafts that nobody went on with."""
    for flow in DataFlow.objects.filter(is_draft=True, created_at__lt=utcnow() - DRAFTS_KEPT):
        with transaction.atomic():
            _forget(flow)


def _forget(flow: DataFlow) -> None:
    references = list(flow.secret_refs.values())
    flow.delete()
    for reference in references:
        secret_store.delete(reference)


def _set_paused(principal: Principal, flow_id: UUID, *, is_paused: bool) -> DataFlow:
    principal.demand(Permission.LOAD_DATA)
    flow = queries.flow(principal.organisation_id, flow_id)
    flow.is_paused = is_paused
    flow.next_due_at = None
    flow.next_due_at = None if is_paused else scheduling.next_due(flow, utcnow())
    with transaction.atomic():
        flow.save(update_fields=["is_paused", "next_due_at"])
        _record(principal, flow, "flow.paused" if is_paused else "flow.resumed")
    return flow


def _validated(kind: Template, config: Mapping[str, str], secrets_given: set[str]) -> dict[str, str]:
    """The settings that the template asks for, and no others; raises `BadFlow` for what is missing."""
    fields = kind.fields(config)
    plain = {field.name for field in fields if not field.is_secret}
    if unknown := sorted(set(config) - plain):
        raise BadFlow(f"{kind.title} has no setting {unknown[0]!r}.", hint=f"It has: {', '.join(sorted(plain))}.")
    for field in fields:
        value = field.name in secrets_given if field.is_secret else str(config.get(field.name, "")).strip()
        if field.is_required and not field.choices and not value:
            raise BadFlow(f"{field.label} is missing.")
        if field.choices and config.get(field.name) and config[field.name] not in field.choices:
            raise BadFlow(
                f"{field.label} can't be {config[field.name]!r}.", hint=f"One of: {', '.join(field.choices)}."
            )
    return {name: str(value).strip() for name, value in config.items() if str(value).strip()}


def _try_settings(kind: Template, config: Mapping[str, str], given: Mapping[str, SecretText]) -> None:
    kind.source(_settings(None, config, given))


def _settings(organisation_id: UUID | None, config: Mapping[str, str], given: Mapping[str, SecretText]) -> Settings:
    return Settings(config=config, secrets=given, home=Path(settings.HOME), tenant=str(organisation_id or ""))


def _suggested_name(kind: Template, config: Mapping[str, str]) -> str:
    return wanted.plain_name(config.get("database") or config.get("name") or config.get("host") or kind.key)[:40]


def _named(principal: Principal, name: str, *, is_given: bool, fields: dict[str, Any]) -> DataFlow:
    """A draft under that name; under the next free one where nobody asked for exactly this."""
    for number in range(1, 100):
        candidate = _name(name) if number == 1 else f"{_name(name)[: LONGEST_NAME - 3]} {number}"
        try:
            with transaction.atomic():
                return DataFlow.objects.create(organisation_id=principal.organisation_id, name=candidate, **fields)
        except IntegrityError as exc:
            if is_given:
                raise FlowNameTaken(f"Another data flow is called {name!r}.") from exc
    raise FlowNameTaken(f"Too many data flows are called {name!r}.")


def _name(name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > LONGEST_NAME or not cleaned.isprintable():
        raise BadFlow(f"The name must have 1 to {LONGEST_NAME} characters.", hint="Choose another name.")
    return cleaned


def _schema(name: str) -> str:
    if wanted.plain_name(name) != name or name.startswith("_"):
        raise BadFlow(f"{name!r} can't be a schema.", hint="Use lower-case letters, digits and underscores.")
    return name


def _is_same(before: Wanted | None, now: Wanted) -> bool:
    if before is None:
        return False
    parts = ("table", "mode", "key", "cursor", "columns", "left_out", "hashed")
    return all(getattr(before, part) == getattr(now, part) for part in parts)


def _demand_idle(flow: DataFlow) -> None:
    if FlowRun.objects.filter(flow=flow, state__in=UNFINISHED_RUNS).exists():
        raise FlowBusy(f"{flow.name} is being brought up to date at this moment.")


def _record(principal: Principal, flow: DataFlow, action: str, **detail: str) -> None:
    record(
        organisation_id=principal.organisation_id, actor=principal.label, action=action, target_kind="data_flow",
        target_id=str(flow.id), detail=detail,
    )  # fmt: skip
