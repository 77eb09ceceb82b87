"""The sample API: a helpdesk's tickets, page by page, over HTTP on loopback, as a service on the web would give them.

The tickets are made from their numbers, so that every first run has the same; a file keeps them from then on. An answer
names the address of the next page, and takes `since` for what changed from then on.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from oneclick.core.background import in_background

TICKETS = 1_200
PAGE = 100
PATH = "/tickets"
_BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
_SUBJECTS = ("Where is my order?", "Wrong size", "Invoice with our address", "It came broken", "Cancel, please")
_AUTHORS = ("customer", "agent")


@dataclass(kw_only=True)
class Helpdesk:
    """The service, while it runs."""

    port: int
    store: Path
    tickets: list[dict[str, Any]] = field(repr=False)

    @property
    def config(self) -> dict[str, str]:
        """How a data flow reads it."""
        return {
            "url": f"http://127.0.0.1:{self.port}{PATH}",
            "name": "tickets",
            "auth": "none",
            "records": "tickets",
            "pagination": "next address",
            "next_path": "next",
            "primary_key": "id",
            "incremental": "updated_at",
            "since_param": "since",
            "rate_limit": "100",
        }

    def counts(self) -> Mapping[str, int]:
        """The records there are, by the table that they become."""
        return {"tickets": len(self.tickets), "tickets_messages": sum(len(each["messages"]) for each in self.tickets)}

    def live_on(self) -> None:
        """A day passes: new tickets come, and some are answered."""
        last, now = len(self.tickets), datetime.now(UTC)
        for ticket in self.tickets[:20]:
            ticket["messages"].append({"author": "agent", "words": 12})
            ticket.update(state="answered", updated_at=now.isoformat())
        self.tickets.extend(_ticket(number, now) for number in range(last + 1, last + 31))
        _write(self.store, self.tickets)

    def page(self, asked: Mapping[str, str]) -> dict[str, Any]:
        """An answer to the parameters `page` and `since`."""
        since, number = asked.get("since", ""), int(asked.get("page") or 1)
        found = sorted(
            (each for each in self.tickets if not since or _instant(each["updated_at"]) >= _instant(since)),
            key=lambda each: (each["updated_at"], each["id"]),
        )
        following = urlencode({**asked, "page": number + 1})
        return {
            "tickets": found[(number - 1) * PAGE : number * PAGE],
            "next": f"http://127.0.0.1:{self.port}{PATH}?{following}" if number * PAGE < len(found) else None,
        }


@contextmanager
def running(store: Path, *, scale: int = 1) -> Iterator[Helpdesk]:
    """The service on a free port, started now and stopped in the end; `store` keeps its tickets from then on."""
    if not store.exists():
        _write(store, [_ticket(n, _BEGIN + timedelta(hours=n)) for n in range(1, TICKETS * max(scale, 1) + 1)])
    server = _Server(("127.0.0.1", 0), _Handler)
    server.helpdesk = Helpdesk(port=server.server_port, store=store, tickets=json.loads(store.read_bytes()))
    with in_background(server):
        yield server.helpdesk


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    helpdesk: Helpdesk


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        is_known = parts.path == PATH
        answer = self.server.helpdesk.page(dict(parse_qsl(parts.query))) if is_known else {"error": "not found"}
        body = json.dumps(answer).encode()
        self.send_response(200 if is_known else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """The demo tells what happens; requests aren't news."""


def _write(store: Path, tickets: list[dict[str, Any]]) -> None:
    """Replaced as a whole: a demo that is killed meanwhile leaves the tickets as they were."""
    store.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = store.with_suffix(".part")
    draft.write_text(json.dumps(tickets), encoding="utf-8")
    draft.replace(store)


def _ticket(number: int, at: datetime) -> dict[str, Any]:
    return {
        "id": number,
        "subject": _SUBJECTS[number * 7919 % len(_SUBJECTS)],
        "state": "open" if number % 5 else "answered",
        "order": {"id": 1 + number * 104729 % 20_000, "is_gift": number % 11 == 0},
        "messages": [
            {"author": _AUTHORS[turn % 2], "words": 5 + number * 31 % 60 + turn} for turn in range(1 + number % 3)
        ],
        "opened_at": at.isoformat(),
        "updated_at": at.isoformat(),
    }


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
