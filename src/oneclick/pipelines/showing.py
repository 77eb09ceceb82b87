"""Data flows and their updates as pages show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oneclick.accounts.queries import names_of
from oneclick.accounts.roles import Principal
from oneclick.pipelines import queries
from oneclick.pipelines.contract.errors import BadFlow
from oneclick.pipelines.contract.templates import template
from oneclick.pipelines.models import UNFINISHED_RUNS, DataFlow, FlowRun
from oneclick.pipelines.words import STATE_OF_RUN, progress_in_words, schedule_in_words, started_by
from oneclick.web.words import duration


@dataclass(frozen=True, kw_only=True)
class ShownRun:
    """One update."""

    run: FlowRun
    badge: str
    words: str
    took: str
    rate: str
    started_by: str

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen in it."""
        return self.run.state not in UNFINISHED_RUNS


@dataclass(frozen=True, kw_only=True)
class ShownFlow:
    """One data flow with its last update."""

    flow: DataFlow
    template: str
    icon: str
    schedule: str
    last: ShownRun | None


def shown_flows(principal: Principal, flows: Sequence[DataFlow]) -> Sequence[ShownFlow]:
    """Several of them, with their last updates looked up at once."""
    newest = queries.newest_runs(principal.organisation_id, flows)
    names = _names(principal, list(newest.values()))
    return [_flow(flow, newest.get(flow.id), names) for flow in flows]


def settings_of(flow: DataFlow) -> Sequence[tuple[str, str]]:
    """How the source is reached, but for secrets: label and value."""
    try:
        fields = template(flow.template).fields(flow.config)
    except BadFlow:
        return list(flow.config.items())
    return [(field.label, flow.config[field.name]) for field in fields if flow.config.get(field.name)]


def shown_runs(principal: Principal, runs: Sequence[FlowRun]) -> Sequence[ShownRun]:
    """Several updates, with the names of those who asked looked up at once."""
    names = _names(principal, runs)
    return [_run(run, names) for run in runs]


def _flow(flow: DataFlow, newest: FlowRun | None, names: Mapping[str, str]) -> ShownFlow:
    try:
        kind = template(flow.template)
        title, icon = kind.title, kind.icon
    except BadFlow:  # its package isn't installed any more
        title, icon = flow.template, "circle-help"
    return ShownFlow(
        flow=flow, template=title, icon=icon, schedule=schedule_in_words(flow),
        last=_run(newest, names) if newest else None,
    )  # fmt: skip


def _run(run: FlowRun, names: Mapping[str, str]) -> ShownRun:
    span = run.finished_at - run.started_at if run.finished_at and run.started_at else None
    seconds = span.total_seconds() if span else 0.0
    return ShownRun(
        run=run,
        badge=STATE_OF_RUN[run.state],
        words=progress_in_words(run),
        took=duration(span) if span else "",
        rate=f"{run.rows / seconds:,.0f} rows a second" if run.rows and seconds > 1 else "",
        started_by=started_by(run, names.get(run.asked_by, "")),
    )


def _names(principal: Principal, runs: Sequence[FlowRun]) -> Mapping[str, str]:
    asked: set[str] = {run.asked_by for run in runs if run.trigger == "hand"}
    return names_of(principal.organisation_id, asked)
