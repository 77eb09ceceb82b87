"""One request after another, or some at once: within the rate limit, tried again where that may help."""

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from oneclick import outbound
from oneclick.outbound.errors import AnswerDamaged, AnswerTooLarge, AnswerTooSlow, DestinationUnreachable
from oneclick.pipelines.contract.errors import SourceDamaged, SourceRefused, SourceUnavailable
from oneclick.pipelines.templates.api_ingestion.api import Api
from oneclick.pipelines.templates.api_ingestion.errors import PageMissing, SourceBusy
from oneclick.pipelines.templates.api_ingestion.signing_in import Signer

if TYPE_CHECKING:
    import requests

TIMEOUT_S = 60.0
PAGE_BYTES = 32 << 20
TRIES = 6
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 20.0
LONGEST_WAIT_S = 60.0
"""An API that asks for a longer pause than this ends the attempt; the update goes on after the pause."""
PASSING = frozenset({408, 500, 502, 504})
BUSY = frozenset({429, 503})
GONE = frozenset({404, 410})


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One page as it came. `next_link` is the address of rel="next" (RFC 8288)."""

    url: str
    body: bytes
    next_link: str = ""


class Stopped(Exception):
    """Nobody waits for this page any more."""


@dataclass(kw_only=True)
class Fetcher:
    """Fetches pages for one update. `fetch` may be called by several threads; `ended` makes them give up."""

    api: Api
    signer: Signer
    ended: threading.Event = field(default_factory=threading.Event)
    tries: int = TRIES
    _local: threading.local = field(default_factory=threading.local, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _free_at: float = 0.0

    def fetch(self, url: str) -> Answer:
        """The page at that URL. Raises `SourceError`, and `OutboundError` for where we don't go."""
        failure: SourceUnavailable | None = None
        for attempt in range(1, self.tries + 1):
            self._take_turn()
            try:
                return self._fetch_once(url)
            except (DestinationUnreachable, AnswerTooSlow, AnswerDamaged) as exc:
                failure, pause_s = SourceUnavailable(exc.message, hint=exc.hint), None
            except SourceBusy as exc:
                failure, pause_s = exc, exc.retry_after_s
                if pause_s is not None and pause_s > LONGEST_WAIT_S:
                    raise
            except SourceUnavailable as exc:
                failure, pause_s = exc, None
            if attempt < self.tries:
                self._pause(_backoff_s(attempt) if pause_s is None else pause_s, is_for_all=pause_s is not None)
        raise failure or SourceUnavailable

    def _fetch_once(self, url: str) -> Answer:
        session = self._session()
        response = self._get(session, url)
        if response.status_code == 401 and self.signer.renew():  # noqa: PLR2004 - HTTP's own
            response = self._get(session, url)
        if response.ok:
            return Answer(url=url, body=response.content, next_link=response.links.get("next", {}).get("url", ""))
        raise _refusal(response, self.api.host)

    def _get(self, session: "requests.Session", url: str) -> "requests.Response":
        try:
            headers = {"Accept": "application/json, */*;q=0.5", **self.signer.headers(session)}
            return session.get(self.signer.url(url), headers=headers)
        except AnswerTooLarge:
            raise SourceDamaged(
                f"One page of {self.api.host} has more than the {PAGE_BYTES >> 20} MB that we take at once.",
                hint="Ask for smaller pages: set the page size and its parameter.",
            ) from None

    def _session(self) -> "requests.Session":
        """Each thread has its own, as they keep connections."""
        if not hasattr(self._local, "session"):
            self._local.session = outbound.session("read an HTTP API", timeout_s=TIMEOUT_S, max_bytes=PAGE_BYTES)
        session: requests.Session = self._local.session
        return session

    def _take_turn(self) -> None:
        with self._lock:
            now = time.monotonic()
            mine = max(now, self._free_at)
            self._free_at = mine + 1 / self.api.per_second
        self._sleep(mine - now)

    def _pause(self, seconds: float, *, is_for_all: bool) -> None:
        if is_for_all:
            with self._lock:
                self._free_at = max(self._free_at, time.monotonic() + seconds)
        self._sleep(seconds)

    def _sleep(self, seconds: float) -> None:
        if self.ended.wait(seconds) if seconds > 0 else self.ended.is_set():
            raise Stopped


def _backoff_s(attempt: int) -> float:
    longest = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0**attempt)
    return random.uniform(longest / 2, longest)  # noqa: S311 - spreads load, guards nothing


def _refusal(response: "requests.Response", host: str) -> Exception:
    """What an answer without records comes to. Its text isn't shown: it may repeat what we sent."""
    status = response.status_code
    if status in BUSY or _is_spent(response.headers):
        wait_s = _wait_s(response.headers, clock=lambda: datetime.now(UTC))
        return SourceBusy(f"{host} asks us to wait ({status}).", retry_after_s=wait_s)
    if status in PASSING or status >= 500:  # noqa: PLR2004 - HTTP's own
        return SourceUnavailable(f"{host} answers with an error of its own ({status}).")
    if status == 401:  # noqa: PLR2004 - HTTP's own
        return SourceRefused(f"{host} doesn't know us (401).", hint="Check how to sign in, and the key or password.")
    if status == 403:  # noqa: PLR2004 - HTTP's own
        return SourceRefused(f"{host} knows us, and doesn't let us read this (403).", hint="Check the key's rights.")
    if status in GONE:
        return PageMissing(f"There is nothing at this address of {host} ({status}).")
    return SourceRefused(f"{host} refuses our request ({status}).", hint="Check the URL and its parameters.")


def _is_spent(headers: Mapping[str, str]) -> bool:
    """Whether it says that our requests are used up, as GitHub does with a 403
    (https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api).
    """
    return "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"


def _wait_s(headers: Mapping[str, str], *, clock: Callable[[], datetime]) -> float | None:
    """How long we are asked to wait: Retry-After in seconds or as a date (RFC 9110, 10.2.3), or GitHub's moment."""
    said = headers.get("retry-after", "").strip()
    if said.isdecimal():
        return float(said)
    try:
        if said:
            return max((parsedate_to_datetime(said) - clock()).total_seconds(), 0.0)
        if headers.get("x-ratelimit-remaining") == "0":
            return max(float(headers["x-ratelimit-reset"]) - clock().timestamp(), 0.0)
    except (TypeError, ValueError, KeyError):
        return None
    return None
