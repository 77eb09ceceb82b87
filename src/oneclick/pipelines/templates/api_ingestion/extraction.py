"""Pages to one file of records, a line each, in the update's folder.

Beside the file lies a note that says how many of its bytes are whole pages, and where the next one is. It is replaced
from time to time, so that an attempt that was killed is taken up there; a file whose note says `is_done` is used as is.
"""

import hashlib
import json
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

from oneclick.pipelines.contract.errors import SourceDamaged, SourceRefused
from oneclick.pipelines.contract.sources import OnProgress
from oneclick.pipelines.templates.api_ingestion import detection, pages
from oneclick.pipelines.templates.api_ingestion.api import Api, Pagination, Paging
from oneclick.pipelines.templates.api_ingestion.envelopes import Envelope, opened
from oneclick.pipelines.templates.api_ingestion.errors import PageMissing
from oneclick.pipelines.templates.api_ingestion.fetching import Answer, Fetcher
from oneclick.pipelines.templates.file_import.scratch import translated_disk_errors

IN_FLIGHT = 4
LOOK_EVERY_S = 0.5
NOTE_EVERY_S = 0.2
"""Replacing a file takes as long as fetching a page, on file systems that flush for it."""
MOST_BYTES = 20 << 30
RECORDS, NOTE = "records.ndjson", "extraction.json"


@dataclass(kw_only=True)
class Note:
    """How far an extraction is. `longest` is the longest line in bytes; `next_url` is the page after the whole ones."""

    asked: str
    pages: int = 0
    rows: int = 0
    bytes: int = 0
    longest: int = 0
    step: int = 0
    digest: str = ""
    next_url: str = ""
    is_done: bool = False
    records: str = ""
    pagination: dict[str, Any] = field(default_factory=dict)

    def save(self, folder: Path) -> None:
        """Replace the note on disk as a whole."""
        draft = folder / f"{NOTE}.part"
        draft.write_text(json.dumps(asdict(self)))
        draft.replace(folder / NOTE)


def extract(
    api: Api, fetcher: Fetcher, folder: Path, *, since: str, is_keyed: bool, on_progress: OnProgress
) -> tuple[Path, Note]:
    """All pages from `since` on; raises `SourceError`, `OutboundError`. `is_keyed`: a doubled record does no harm."""
    first = pages.first_url(api, since)
    asked = hashlib.sha256(json.dumps([first, asdict(api)], default=str).encode()).hexdigest()
    note = _taken_up(folder, asked, is_keyed=is_keyed)
    if note.is_done:
        return folder / RECORDS, note
    try:
        _Extraction(
            api=api, fetcher=fetcher, folder=folder, since=since, note=replace(note), on_progress=on_progress
        ).run()
    except (SourceRefused, PageMissing):
        if not note.pages:
            raise
        # A cursor of an earlier attempt may be too old by now.
        note = Note(asked=asked)
        _Extraction(api=api, fetcher=fetcher, folder=folder, since=since, note=note, on_progress=on_progress).run()
    return folder / RECORDS, _taken_up(folder, asked, is_keyed=is_keyed)


def lines_of(records: Sequence[str], *, first: int = 0) -> list[bytes]:
    """A line for each record, with its number."""
    return [f'{{"n":{number},"r":{record}}}\n'.encode() for number, record in enumerate(records, first)]


def _taken_up(folder: Path, asked: str, *, is_keyed: bool) -> Note:
    """The note of an earlier attempt, or a new one. Pages by number may have moved meanwhile: without a key anew."""
    try:
        note = Note(**json.loads((folder / NOTE).read_text()))
        size = (folder / RECORDS).stat().st_size
    except (OSError, ValueError, TypeError):
        return Note(asked=asked)
    is_counted = note.pagination.get("kind") in {kind.value for kind in pages.COUNTED}
    if note.asked != asked or size < note.bytes or (is_counted and not is_keyed and not note.is_done):
        return Note(asked=asked)
    return note


@dataclass(kw_only=True)
class _Extraction:
    api: Api
    fetcher: Fetcher
    folder: Path
    since: str
    note: Note
    on_progress: OnProgress
    noted_at: float = 0.0

    def run(self) -> None:
        """Fetch and write, from where the note says on."""
        self.fetcher.ended.clear()
        with translated_disk_errors():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with (self.folder / RECORDS).open("ab") as file, ThreadPoolExecutor(IN_FLIGHT, "api-page") as pool:
                file.truncate(self.note.bytes)
                try:
                    self._run(file, pool)
                finally:
                    self.fetcher.ended.set()
                    pool.shutdown(wait=True, cancel_futures=True)
                    self._save()

    def _run(self, file: BinaryIO, pool: ThreadPoolExecutor) -> None:
        if self.note.pages:
            self._take_up()
        else:
            self._begin(file, pool)
        if self.api.pagination.kind in pages.COUNTED and not self.note.is_done:
            self._count_on(file, pool)
        while not self.note.is_done:
            self._follow(file, pool)

    def _take_up(self) -> None:
        kept = {**self.note.pagination, "kind": Paging(self.note.pagination["kind"])}
        self.api = self.api.with_found(pagination=Pagination(**kept), records=self.note.records)

    def _begin(self, file: BinaryIO, pool: ThreadPoolExecutor) -> None:
        """The first page, which tells what is to be found out."""
        answer = self._waited(pool.submit(self._fetch, pages.first_url(self.api, self.since)))
        self.api = detection.completed(self.api, answer)
        self.note.records = self.api.records or ""
        self.note.pagination = asdict(self.api.pagination) | {"kind": self.api.pagination.kind.value}
        envelope = self._opened(answer)
        self.note.step = len(envelope.records)
        self._keep(file, answer, envelope)

    def _follow(self, file: BinaryIO, pool: ThreadPoolExecutor) -> None:
        """One page after the other; while one is written, the next is on its way."""
        coming = pool.submit(self._fetch, self.note.next_url)
        seen = {self.note.next_url}
        while not self.note.is_done:
            answer = self._waited(coming)
            envelope = self._opened(answer)
            following = pages.next_url(self.api, answer, envelope)
            if following in seen:
                raise SourceDamaged(
                    f"{self.api.host} sends us in a circle: page {self.note.pages + 1:,} leads back to an earlier one.",
                    hint="Choose another way from page to page.",
                )
            if following:
                seen.add(following)
                self._demand_less()
                coming = pool.submit(self._fetch, following)
            self._keep(file, answer, envelope)

    def _count_on(self, file: BinaryIO, pool: ThreadPoolExecutor) -> None:
        """Several pages at once, taken in order, until one is empty or says that it is the last."""
        first = pages.first_url(self.api, self.since)
        coming: deque[Future[Answer]] = deque()
        number = self.note.pages
        while not self.note.is_done:
            while len(coming) < IN_FLIGHT:
                coming.append(pool.submit(self._fetch, pages.counted_url(self.api, first, number, self.note.step)))
                number += 1
            try:
                answer = self._waited(coming.popleft())
            except PageMissing:
                self.note.is_done = True  # some say so beyond the last page
                return
            self._keep(file, answer, self._opened(answer))

    def _fetch(self, url: str) -> Answer:
        from django.db import connections

        try:
            return self.fetcher.fetch(url)
        finally:
            connections.close_all()  # the guard asks our database what is allowed

    def _waited(self, future: Future[Answer]) -> Answer:
        """The page; says meanwhile how far it is, which is also where a stop is heard."""
        while not wait([future], timeout=LOOK_EVERY_S).done:
            self._tell()
        self._tell()
        return future.result()

    def _tell(self) -> None:
        self.on_progress(f"Reading page {self.note.pages + 1:,}", self.note.rows)

    def _opened(self, answer: Answer) -> Envelope:
        envelope = opened(answer.body, self.api.names or (), host=self.api.host)
        if envelope.records and envelope.digest == self.note.digest:
            raise SourceDamaged(
                f"{self.api.host} gives the same page again and again: page {self.note.pages + 1:,} is page "
                f"{self.note.pages:,} once more.",
                hint="Check how we go from page to page: the parameter may have another name.",
            )
        return envelope

    def _keep(self, file: BinaryIO, answer: Answer, envelope: Envelope) -> None:
        """Write a page's records, and then that they are written."""
        note = self.note
        lines = lines_of(envelope.records, first=note.rows)
        file.writelines(lines)
        file.flush()
        note.pages += 1
        note.rows += len(lines)
        note.bytes = file.tell()
        note.longest = max(note.longest, max(map(len, lines), default=0))
        note.digest = envelope.digest
        note.next_url = pages.next_url(self.api, answer, envelope)
        is_counted = self.api.pagination.kind in pages.COUNTED
        note.is_done = pages.is_last(self.api, envelope) if is_counted else not note.next_url
        if not note.is_done:
            self._demand_less()
        if note.bytes > MOST_BYTES:
            raise SourceDamaged(
                f"{self.api.host} gave more than {MOST_BYTES >> 30} GB, and there is no end.",
                hint="Ask for less, such as only what is new.",
            )
        if note.is_done or time.monotonic() >= self.noted_at + NOTE_EVERY_S:
            self._save()

    def _save(self) -> None:
        self.note.save(self.folder)
        self.noted_at = time.monotonic()

    def _demand_less(self) -> None:
        if self.note.pages >= self.api.most_pages:
            raise SourceDamaged(
                f"After {self.note.pages:,} pages {self.api.host} still has no end.",
                hint="Check how we go from page to page; if there is so much, raise the most pages of this data flow.",
            )
