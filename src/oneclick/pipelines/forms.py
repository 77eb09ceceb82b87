"""What people type about data flows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict

from oneclick.pipelines import wanted
from oneclick.pipelines.contract.sources import Column, Mode, Stream, Wanted
from oneclick.pipelines.models import DataFlow, OnDrift, ScheduleKind
from oneclick.warehouses.contract.data_plane import Deletes
from oneclick.web.zones import by_continent

BRING, LEAVE_OUT, HASH = "bring", "leave out", "unreadable"
MODES = {Mode.DELTA: "What is new or changed", Mode.APPEND: "New rows only", Mode.FULL: "Everything, each time"}
DELETES = {Deletes.MARK: "Mark them", Deletes.REMOVE: "Remove them", Deletes.KEEP: "Keep them"}
MOST_COLUMNS = 500
"""Columns on one page; of wider sources only those are shown that need a thought."""


class ScheduleForm(forms.Form):
    """When to bring what is new, and what the data flow is called."""

    name = forms.CharField(label="Name", max_length=63)
    kind = forms.ChoiceField(label="When", choices=ScheduleKind.choices, widget=forms.RadioSelect)
    every = forms.IntegerField(
        label="Every", min_value=1, max_value=44_640, required=False, help_text="In minutes: 60 is an hour, 1440 a day."
    )
    cron = forms.CharField(
        label="At fixed times", max_length=100, required=False,
        help_text="Minute, hour, day, month, weekday: 0 6 * * 1-5 is six o'clock on working days.",
    )  # fmt: skip
    time_zone = forms.ChoiceField(label="Time zone", required=False, help_text="Of the fixed times.")
    after = forms.ChoiceField(label="After", required=False)
    on_drift = forms.ChoiceField(label="When a table gets other columns", choices=OnDrift.choices)
    quiet_after_hours = forms.IntegerField(
        label="Tell us when nothing came for", min_value=1, max_value=8760, required=False, help_text="In hours."
    )

    def __init__(self, *args: Any, flow: DataFlow, others: Sequence[DataFlow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(each.id), each.name) for each in others if each.id != flow.id and not each.is_draft]
        if choices:
            self._field("after").choices = [("", "Choose one"), *choices]
        else:
            del self.fields["after"]
            self._field("kind").choices = [each for each in ScheduleKind.choices if each[0] != ScheduleKind.AFTER]
        self._field("time_zone").choices = [("UTC", "UTC"), *by_continent()]

    @property
    def schedule(self) -> dict[str, Any]:
        """For the service."""
        typed = self.cleaned_data
        return {
            "kind": typed["kind"], "every_minutes": typed["every"], "cron": typed["cron"],
            "time_zone": typed["time_zone"] or "UTC", "quiet_after_hours": typed["quiet_after_hours"],
            "after": UUID(typed["after"]) if typed.get("after") else None,
        }  # fmt: skip

    def _field(self, name: str) -> Any:
        return self.fields[name]


class TableChoice:
    """One stream on the page where tables are chosen, with what is wanted of it so far."""

    def __init__(self, stream: Stream, now: Wanted, *, is_chosen: bool, shows_all: bool) -> None:
        self.stream = stream
        self.now = now
        self.is_chosen = is_chosen
        self._shows_all = shows_all

    @property
    def modes(self) -> Sequence[tuple[str, str]]:
        """How it can be brought."""
        possible = [mode for mode in MODES if self._is_possible(mode)]
        return [(mode.value, MODES[mode]) for mode in possible]

    @property
    def deletes(self) -> Sequence[tuple[str, str]]:
        """What can happen to rows that are gone."""
        return [(each.value, DELETES[each]) for each in DELETES] if self._is_possible(Mode.DELTA) else []

    @property
    def columns(self) -> Iterator[tuple[Column, str, bool]]:
        """Each column with what happens to it, and whether it can be left out."""
        needed = {*self.now.key, self.now.cursor}
        for column in self.stream.columns:
            if self._shows_all or column.concern:
                yield column, self._fate(column), column.name not in needed

    @property
    def thoughts(self) -> Sequence[str]:
        """The columns that look secret or personal."""
        return [column.name for column in self.stream.columns if column.concern]

    def _fate(self, column: Column) -> str:
        return LEAVE_OUT if column.name in self.now.left_out else HASH if column.name in self.now.hashed else BRING

    def _is_possible(self, mode: Mode) -> bool:
        if mode is Mode.FULL:
            return True
        return bool(self.stream.cursors and (self.stream.key or mode is Mode.APPEND))


def table_choices(
    streams: Sequence[Stream], suggested: Sequence[Wanted], kept: Mapping[str, Wanted]
) -> Sequence[TableChoice]:
    """Every stream of a source; those that were chosen before as they were."""
    shows_all = sum(len(stream.columns) for stream in streams) <= MOST_COLUMNS
    return [
        TableChoice(
            stream, kept.get(stream.name, each), is_chosen=stream.name in kept or not kept, shows_all=shows_all
        )
        for stream, each in zip(streams, suggested, strict=True)
    ]  # fmt: skip


def chosen(typed: QueryDict, choices: Sequence[TableChoice]) -> list[Wanted]:
    """What was chosen; raises `BadFlow`."""
    ticked = set(typed.getlist("stream"))
    return wanted.from_json([_one(typed, each) for each in choices if each.stream.name in ticked])


def _one(typed: QueryDict, choice: TableChoice) -> dict[str, Any]:
    name, now = choice.stream.name, choice.now
    mode = typed.get(f"mode:{name}", now.mode.value)
    is_full, is_delta = mode == Mode.FULL.value, mode == Mode.DELTA.value
    cursor = "" if is_full else typed.get(f"cursor:{name}") or now.cursor or next(iter(choice.stream.cursors), "")
    fates = {column.name: typed.get(f"column:{name}:{column.name}") for column, _, _ in choice.columns}
    fates = {column: fate for column, fate in fates.items() if fate}
    return {
        "stream": name,
        "table": typed.get(f"table:{name}", now.table).strip(),
        "mode": mode,
        "key": list(choice.stream.key) if is_delta else [],
        "cursor": cursor,
        "look_back": wanted.look_back(choice.stream, cursor) if is_delta else 0,
        "deletes": typed.get(f"deletes:{name}", now.deletes.value) if is_delta else Deletes.KEEP.value,
        "left_out": _with_fate(LEAVE_OUT, fates, now.left_out),
        "hashed": _with_fate(HASH, fates, now.hashed),
    }


def _with_fate(fate: str, typed: Mapping[str, str | None], before: Sequence[str]) -> list[str]:
    """Those that were said to, and those of before that the page didn't ask about."""
    return [name for name, said in typed.items() if said == fate] + [name for name in before if name not in typed]
