"""What is asked of a source: it says what it has, gives each row once, and forgets none between two updates."""

import json
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from oneclick.duck.quoting import identifier
from oneclick.pipelines.contract.errors import FlowError, SourceError
from oneclick.pipelines.contract.sources import Batch, Mode, Position, Reading, Settings, Stream, Wanted
from oneclick.pipelines.opening import opened
from oneclick.pipelines.testing.harness import SourceHarness
from oneclick.pipelines.wanted import suggested
from oneclick.warehouses.contract.data_plane import Deletes, LoadMode
from oneclick.warehouses.contract.descriptions import CheckResult

NEW_ROWS = 3
LOAD_MODES = {Mode.FULL: LoadMode.REPLACE, Mode.DELTA: LoadMode.MERGE, Mode.APPEND: LoadMode.APPEND}


@dataclass(frozen=True, kw_only=True)
class Came:
    """What one update brought: the key of each row, how far it read, and the stream's own batch."""

    keys: Sequence[str]
    position: Position
    batch: Batch


class SourceSuite:
    """Subclass it, and give it a fixture `harness`."""

    @pytest.fixture(autouse=True)
    def no_secret_in_the_log(self, harness: SourceHarness, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
        """Whatever a test does, no log record at any level shows a secret."""
        caplog.set_level(logging.DEBUG)
        yield
        for record in caplog.get_records("call"):
            text = f"{record.getMessage()} {vars(record)}"
            assert not any(secret in text for secret in _secrets(harness.settings)), f"{record.name} logs a secret"

    # -- what it says of itself ----------------------------------------------------------------------------------

    def test_its_template_is_complete(self, harness: SourceHarness) -> None:
        template = harness.template
        assert [name for name in ("key", "title", "tagline", "needs", "icon") if not getattr(template, name)] == []
        fields = template.fields(harness.settings.config)
        names = [field.name for field in fields]
        assert len(set(names)) == len(names)
        assert all(field.label.strip() for field in fields)
        assert set(harness.settings.secrets) <= {field.name for field in fields if field.is_secret}
        for step in template.steps(harness.settings.config):
            assert step.title.strip()
            assert step.explanation.strip()
            assert bool(step.statement) == bool(step.revoke), f"{step.title!r} can't be taken back"

    def test_it_shows_no_secret(self, harness: SourceHarness) -> None:
        source = harness.template.source(harness.settings)
        for secret in _secrets(harness.settings):
            assert secret not in repr(source)
            assert secret not in repr(vars(source))

    def test_all_its_checks_pass_and_change_nothing(self, harness: SourceHarness) -> None:
        before = harness.keys()
        checks = harness.template.source(harness.settings).check()
        assert checks
        assert [check.title for check in checks if check.result is CheckResult.FAILED] == []
        assert harness.keys() == before

    def test_it_discovers_what_there_is(self, harness: SourceHarness, tmp_path: Path) -> None:
        streams = harness.template.source(harness.settings).discover()
        names = [stream.name for stream in streams]
        assert harness.stream in names
        assert len(set(names)) == len(names)
        with _opened(harness, tmp_path) as (duck, _):
            for stream in streams:
                columns = [column.name for column in stream.columns]
                assert len(set(columns)) == len(columns), stream.name
                told_by = () if stream.has_own_state else stream.cursors
                assert {*stream.key, *told_by} <= set(columns), stream.name
                for column in stream.columns:
                    duck.execute(f"SELECT NULL::{column.type}")

    # -- rows ----------------------------------------------------------------------------------------------------

    def test_every_row_comes_once(self, harness: SourceHarness, tmp_path: Path) -> None:
        came = _update(harness, tmp_path, _wanted(harness, Mode.FULL))
        assert Counter(came.keys) == Counter(harness.keys())

    @pytest.mark.parametrize("mode", list(Mode))
    def test_each_mode_asks_for_its_kind_of_load(self, harness: SourceHarness, tmp_path: Path, mode: Mode) -> None:
        """The first update may replace whatever is there; each later one does what the mode says."""
        wanted = _wanted(harness, mode)
        first = _update(harness, tmp_path / "1", wanted)
        assert first.batch.mode in {LOAD_MODES[mode], LoadMode.REPLACE}
        harness.add(NEW_ROWS)
        batch = _update(harness, tmp_path / "2", wanted, first.position).batch
        assert batch.mode is LOAD_MODES[mode]
        assert bool(batch.key) or mode is not Mode.DELTA, "rows are merged by a key"

    def test_columns_that_are_left_out_do_not_come(self, harness: SourceHarness, tmp_path: Path) -> None:
        wanted = _wanted(harness, Mode.FULL)
        spare = [column.name for column in _stream(harness).columns if column.name != harness.key]
        with _opened(harness, tmp_path) as (duck, reading):
            chosen = replace(wanted, left_out=(spare[-1],))
            batch = reading.batches(chosen, {}, reading.bound(chosen, {}))[0]
            found = [row[0] for row in duck.execute(f"DESCRIBE {batch.select}").fetchall()]
        assert spare[-1] not in found
        assert harness.key in found

    @pytest.mark.parametrize("mode", [Mode.DELTA, Mode.APPEND])
    def test_what_is_new_comes_and_little_else(self, harness: SourceHarness, tmp_path: Path, mode: Mode) -> None:
        wanted = _wanted(harness, mode)
        first = _update(harness, tmp_path / "1", wanted)
        assert Counter(first.keys) == Counter(harness.keys())
        before = harness.keys()
        harness.add(NEW_ROWS)
        second = _update(harness, tmp_path / "2", wanted, first.position)
        new = harness.keys() - before
        assert len(new) == NEW_ROWS
        assert new <= set(second.keys)
        assert len(second.keys) < len(before), "what has come needn't come again"
        assert mode is not Mode.APPEND or Counter(second.keys) == Counter(new), "what is added must not come twice"

    def test_a_row_that_changed_comes_again(self, harness: SourceHarness, tmp_path: Path) -> None:
        wanted = _wanted(harness, Mode.DELTA)
        first = _update(harness, tmp_path / "1", wanted)
        changed = harness.change()
        if changed is None:
            pytest.skip("rows never change in this source")
        assert changed in _update(harness, tmp_path / "2", wanted, first.position).keys

    def test_rows_that_come_meanwhile_are_not_lost(self, harness: SourceHarness, tmp_path: Path) -> None:
        """Between the bound and the reading, something always happens."""
        wanted = _wanted(harness, Mode.DELTA)
        first = _update(harness, tmp_path / "1", wanted, meanwhile=lambda: harness.add(NEW_ROWS))
        second = _update(harness, tmp_path / "2", wanted, first.position)
        assert {*first.keys, *second.keys} == harness.keys()

    @pytest.mark.parametrize("mode", list(Mode))
    def test_an_update_that_was_killed_can_be_done_again(
        self, harness: SourceHarness, tmp_path: Path, mode: Mode
    ) -> None:
        """The next attempt finds the bound and the folder of the first, and nothing that was in memory."""
        wanted = _wanted(harness, mode)
        with _opened(harness, tmp_path) as (_, reading):
            bound = _kept(reading.bound(wanted, {}))
            reading.batches(wanted, {}, bound)
        again = _update(harness, tmp_path, wanted, bound=bound)
        assert Counter(again.keys) == Counter(harness.keys())

    def test_nothing_new_is_no_failure(self, harness: SourceHarness, tmp_path: Path) -> None:
        wanted = _wanted(harness, Mode.DELTA)
        first = _update(harness, tmp_path / "1", wanted)
        second = _update(harness, tmp_path / "2", wanted, first.position)
        harness.add(NEW_ROWS)
        third = _update(harness, tmp_path / "3", wanted, second.position)
        assert {*first.keys, *third.keys} == harness.keys(), "an empty update must not forget how far it was read"

    # -- what goes wrong -----------------------------------------------------------------------------------------

    def test_a_stream_that_is_gone_is_told(self, harness: SourceHarness, tmp_path: Path) -> None:
        wanted = replace(_wanted(harness, Mode.FULL), stream="no.such_stream")
        with pytest.raises(FlowError) as caught:
            _update(harness, tmp_path, wanted)
        assert caught.value.hint

    def test_a_wrong_secret_is_told_and_not_shown(self, harness: SourceHarness, tmp_path: Path) -> None:
        if harness.refused is None:
            pytest.skip("this source has no secret")
        _assert_told(harness, harness.refused)

    def test_a_source_that_is_away_is_told(self, harness: SourceHarness, tmp_path: Path) -> None:
        if harness.unreachable is None:
            pytest.skip("this source is always there")
        _assert_told(harness, harness.unreachable)


def _assert_told(harness: SourceHarness, wrong: Settings) -> None:
    """By the checks in words; whatever else raises does so with a way out. Not every source needs it to discover."""
    source = harness.template.source(wrong)
    failed = [check for check in source.check() if check.result is CheckResult.FAILED]
    assert failed
    assert all(check.detail or check.remedy for check in failed)
    raised: SourceError | None = None
    try:
        source.discover()
    except SourceError as exc:
        raised = exc
    assert raised is None or raised.hint
    told = f"{failed} {raised!r} {raised} {raised.hint if raised else ''}"
    assert not any(secret in told for secret in _secrets(wrong))


def _secrets(settings: Settings) -> list[str]:
    return [secret.reveal() for secret in settings.secrets.values()]


def _stream(harness: SourceHarness) -> Stream:
    streams = harness.template.source(harness.settings).discover()
    return next(stream for stream in streams if stream.name == harness.stream)


def _wanted(harness: SourceHarness, mode: Mode) -> Wanted:
    stream = _stream(harness)
    usual = suggested(stream, table="suite")
    assert stream.key == (harness.key,), "the harness names a stream with a key of one column"
    assert usual.cursor, "the harness names a stream that tells what is new"
    cursor = "" if mode is Mode.FULL else usual.cursor
    return replace(
        usual, mode=mode, key=stream.key if mode is Mode.DELTA else (), cursor=cursor, look_back=0, deletes=Deletes.KEEP
    )


@contextmanager
def _opened(harness: SourceHarness, folder: Path) -> Iterator[tuple[Any, Reading]]:
    """A reading, as an update opens it."""
    folder.mkdir(parents=True, exist_ok=True)
    source = harness.template.source(harness.settings)
    with (
        opened(harness.settings.home, source.duckdb_extensions) as duck,
        source.reading(duck, folder, lambda what, rows: None) as reading,
    ):
        yield duck, reading


def _update(
    harness: SourceHarness,
    folder: Path,
    wanted: Wanted,
    position: Position | None = None,
    *,
    bound: Position | None = None,
    meanwhile: Any = lambda: None,
) -> Came:
    """What an update reads, from the bound to the last row; what it keeps goes through JSON, as it does there."""
    since = position or {}
    with _opened(harness, folder) as (duck, reading):
        until = _kept(reading.bound(wanted, since)) if bound is None else bound
        meanwhile()
        batch = reading.batches(wanted, since, until)[0]
        rows = duck.execute(f"SELECT {identifier(harness.key)}::VARCHAR FROM ({batch.select})").fetchall()
        return Came(keys=[row[0] for row in rows], position=_kept(batch.position), batch=batch)


def _kept(position: Position) -> Mapping[str, Any]:
    kept: Mapping[str, Any] = json.loads(json.dumps(position))
    return kept
