"""What the REST API and `--json` say about data flows and their updates."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Schema
from pydantic import Field, StrictBool, StrictInt, StrictStr

from oneclick.core.secrets import SecretText
from oneclick.pipelines.contract.sources import Stream, Wanted
from oneclick.pipelines.contract.templates import Template
from oneclick.pipelines.models import DataFlow, FlowRun, OnDrift, RunState, ScheduleKind, StreamRun
from oneclick.pipelines.wanted import from_json
from oneclick.warehouses.contract.descriptions import Check, CheckResult
from oneclick.web.rest import Identified, Input


class FieldAnswer(Schema):
    """One thing that a template asks for."""

    name: str
    label: str
    help: str
    is_secret: bool
    is_required: bool
    choices: list[str]


class TemplateAnswer(Schema):
    """A kind of data flow."""

    key: str
    title: str
    tagline: str
    needs: str
    fields: list[FieldAnswer]

    @classmethod
    def of(cls, template: Template) -> "TemplateAnswer":
        """The answer for a template."""
        fields = [
            FieldAnswer(
                name=field.name, label=field.label, help=field.help, is_secret=field.is_secret,
                is_required=field.is_required, choices=list(field.choices),
            )
            for field in template.fields({})
        ]  # fmt: skip
        return cls(
            key=template.key, title=template.title, tagline=template.tagline, needs=template.needs, fields=fields
        )


class FlowRequest(Input):
    """How to reach a source. Secrets are kept encrypted and shown nowhere again."""

    template: Annotated[StrictStr, Field(description="Its key: see /api/flow-templates.")]
    warehouse: Annotated[StrictStr, Field(description="Where the rows go: id or name.")]
    name: Annotated[StrictStr, Field(description="Empty: named after the source.")] = ""
    config: Annotated[dict[str, StrictStr], Field(description="What the template asks for, but for secrets.")]
    secrets: Annotated[dict[str, StrictStr], Field(default_factory=dict, description="The secrets it asks for.")]

    @property
    def given(self) -> dict[str, SecretText]:
        """The secrets, wrapped."""
        return {name: SecretText(value) for name, value in self.secrets.items()}


class ReconnectRequest(Input):
    """Another way to reach the source; secrets that aren't named stay as they are."""

    config: dict[str, StrictStr]
    secrets: Annotated[dict[str, StrictStr], Field(default_factory=dict)]

    @property
    def given(self) -> dict[str, SecretText]:
        """The secrets, wrapped."""
        return {name: SecretText(value) for name, value in self.secrets.items()}


class WantedBody(Schema):
    """What is wanted of one stream."""

    stream: str
    table: str
    mode: Annotated[str, Field(description="full, delta or append.")] = "full"
    key: Annotated[list[str], Field(default_factory=list)]
    cursor: Annotated[str, Field(description="The column that tells what is new.")] = ""
    look_back: Annotated[int, Field(description="In seconds, or in the cursor's own unit.")] = 0
    deletes: Annotated[str, Field(description="keep, mark or remove rows that are gone at the source.")] = "keep"
    columns: Annotated[list[str], Field(default_factory=list, description="Empty: all.")]
    left_out: Annotated[list[str], Field(default_factory=list)]
    hashed: Annotated[list[str], Field(default_factory=list, description="Brought unreadable, but comparable.")]

    @classmethod
    def of(cls, wanted: Wanted) -> "WantedBody":
        """The answer for one stream."""
        return cls(
            stream=wanted.stream, table=wanted.table, mode=wanted.mode.value, key=list(wanted.key),
            cursor=wanted.cursor, look_back=wanted.look_back, deletes=wanted.deletes.value,
            columns=list(wanted.columns), left_out=list(wanted.left_out), hashed=list(wanted.hashed),
        )  # fmt: skip


class TablesRequest(Input):
    """What to bring."""

    streams: list[WantedBody]
    schema_name: Annotated[str, Field(alias="schema", description="Empty: as it is, at first raw.")] = ""
    on_drift: Annotated[OnDrift | None, Field(description="When a stream has other columns than before.")] = None

    @property
    def wanted(self) -> list[Wanted]:
        """For the service; raises `BadFlow`."""
        return from_json([each.model_dump() for each in self.streams])


class ScheduleRequest(Input):
    """When to bring what is new."""

    kind: ScheduleKind
    every_minutes: StrictInt | None = None
    cron: Annotated[StrictStr, Field(description="Minute, hour, day, month, weekday.", examples=["0 6 * * 1-5"])] = ""
    after: Annotated[UUID | None, Field(description="The data flow that it comes after.")] = None
    time_zone: StrictStr = "UTC"
    quiet_after_hours: Annotated[
        StrictInt | None, Field(description="Say so when no row came for so long.", ge=1, le=8760)
    ] = None


class RunRequest(Input):
    """One update."""

    allow_fewer: Annotated[StrictBool, Field(description="Let a source that shrank replace its tables.")] = False
    afresh: Annotated[StrictBool, Field(description="Bring everything again.")] = False


class ColumnAnswer(Schema):
    """One column at the source."""

    name: str
    type: str
    concern: Annotated[str, Field(description="secret or personal, by its name; empty: neither.")]


class StreamAnswer(Schema):
    """What the source has under one name, and what we suggest to bring of it."""

    name: str
    rows: Annotated[int | None, Field(description="An estimate.")]
    key: list[str]
    cursors: list[str]
    columns: list[ColumnAnswer]
    suggested: WantedBody

    @classmethod
    def of(cls, stream: Stream, suggested: Wanted) -> "StreamAnswer":
        """The answer for one stream."""
        columns = [
            ColumnAnswer(name=each.name, type=each.type, concern=each.concern.value if each.concern else "")
            for each in stream.columns
        ]
        return cls(
            name=stream.name, rows=stream.rows, key=list(stream.key), cursors=list(stream.cursors), columns=columns,
            suggested=WantedBody.of(suggested),
        )  # fmt: skip


class CheckAnswer(Schema):
    """One thing that must be so."""

    title: str
    result: CheckResult
    detail: str
    missing: str
    remedy: str

    @classmethod
    def of(cls, check: Check) -> "CheckAnswer":
        """The answer for one check."""
        return cls(
            title=check.title, result=check.result, detail=check.detail, missing=check.missing, remedy=check.remedy
        )


class FlowAnswer(Identified):
    """A data flow."""

    name: str
    template: str
    warehouse_id: UUID
    warehouse_name: str
    schema_name: Annotated[str, Field(serialization_alias="schema")]
    is_draft: bool
    is_paused: bool
    streams: list[WantedBody]
    on_drift: OnDrift
    schedule: ScheduleKind
    every_minutes: int | None
    cron: str
    after: UUID | None
    time_zone: str
    next_due_at: datetime | None
    last_rows_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, flow: DataFlow) -> "FlowAnswer":
        """The answer for one row."""
        return cls(
            id=flow.id, name=flow.name, template=flow.template, warehouse_id=flow.warehouse_id,
            warehouse_name=flow.warehouse.name, schema_name=flow.schema, is_draft=flow.is_draft,
            is_paused=flow.is_paused, streams=[WantedBody.of(each) for each in from_json(flow.streams)],
            on_drift=OnDrift(flow.on_drift), schedule=ScheduleKind(flow.schedule_kind),
            every_minutes=flow.every_minutes, cron=flow.cron, after=flow.after_id, time_zone=flow.time_zone,
            next_due_at=flow.next_due_at, last_rows_at=flow.last_rows_at, created_at=flow.created_at,
        )  # fmt: skip


class RunError(Schema):
    """Why an update failed, or waits, and what to do now."""

    code: str
    message: str
    hint: str


class TableRunAnswer(Schema):
    """What came into one table."""

    stream: str
    table: str
    rows: int | None
    deleted: int | None
    rejected: int | None
    changes: list[str]

    @classmethod
    def of(cls, row: StreamRun) -> "TableRunAnswer":
        """The answer for one row."""
        return cls(
            stream=row.stream, table=row.table, rows=row.rows, deleted=row.deleted, rejected=row.rejected,
            changes=row.changes,
        )  # fmt: skip


class RunAnswer(Identified):
    """One update."""

    flow_id: UUID
    flow_name: str
    state: RunState
    phase: str
    progress: dict[str, Any]
    trigger: Annotated[str, Field(description="hand, schedule or after.")]
    asked_by: str
    attempt: int
    rows: int | None
    rejected: int | None
    written_bytes: Annotated[
        int | None, Field(description="Of the files that came into the warehouse; few rows may need none.")
    ]
    seconds: float | None
    correlation_id: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error: RunError | None

    @classmethod
    def of(cls, run: FlowRun) -> "RunAnswer":
        """The answer for one row."""
        error = RunError(code=run.error_code, message=run.error_message, hint=run.error_hint)
        span = run.finished_at - run.started_at if run.finished_at and run.started_at else None
        return cls(
            id=run.id, flow_id=run.flow_id, flow_name=run.flow.name, state=RunState(run.state), phase=run.phase,
            progress=run.progress, trigger=run.trigger, asked_by=run.asked_by, attempt=run.attempt, rows=run.rows,
            rejected=run.rejected, written_bytes=run.written_bytes,
            seconds=round(span.total_seconds(), 3) if span else None, correlation_id=run.correlation_id,
            created_at=run.created_at, started_at=run.started_at,
            finished_at=run.finished_at, error=error if run.error_code else None,
        )  # fmt: skip


class RunDetail(RunAnswer):
    """An update with its tables."""

    tables: list[TableRunAnswer] = []  # noqa: RUF012 - pydantic copies it

    @classmethod
    def with_tables(cls, run: FlowRun, rows: Sequence[StreamRun]) -> "RunDetail":
        """The answer for one row and those of its tables."""
        return cls(**RunAnswer.of(run).model_dump(), tables=[TableRunAnswer.of(each) for each in rows])
