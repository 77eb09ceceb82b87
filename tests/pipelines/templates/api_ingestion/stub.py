"""An API of the test's own, at the wire: honest, slow, huge and hostile."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from oneclick.accounts.roles import Principal
from oneclick.core.background import in_background
from oneclick.core.secrets import SecretText
from oneclick.pipelines import services
from oneclick.pipelines.models import DataFlow
from oneclick.warehouses.models import Warehouse
from tests.pipelines.sources import Choose

SECRET = "canary-of-the-api"


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request as it came."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer: `body` is JSON, or bytes as they are; `raw` is all that is sent instead of a proper answer."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: Callable[[Any], None] | None = None


Answer = Callable[[Request], Reply]


@dataclass(kw_only=True)
class Stub:
    """The server; `answer` may be changed at any time."""

    answer: Answer
    port: int = 0
    requests: list[Request] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def destination(self) -> str:
        return f"127.0.0.1:{self.port}"

    def asked(self, name: str) -> list[str | None]:
        """The values of a parameter, in order of the requests."""
        return [request.query.get(name) for request in self.requests]


@contextmanager
def serving(answer: Answer) -> Iterator[Stub]:
    """A server that lives as long as the block."""
    stub = Stub(answer=answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def log_message(self, *args: Any) -> None:
            """Nothing."""

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = Request(
                method=self.command, path=parts.path, query=dict(parse_qsl(parts.query)), body=body,
                headers={name.lower(): value for name, value in self.headers.items()},
            )  # fmt: skip
            stub.requests.append(request)
            reply = stub.answer(request)
            try:
                self._send(reply)
            except OSError:
                self.close_connection = True

        do_POST = do_GET  # noqa: N815 - the name that http.server calls

        def _send(self, reply: Reply) -> None:
            if reply.raw is not None:
                reply.raw(self.connection)
                self.close_connection = True
                return
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stub.port = server.server_port
    with in_background(server, poll_s=0.01):
        yield stub


def record(number: int, **fields: Any) -> dict[str, Any]:
    """One order."""
    return {
        "id": number, "name": f"order {number}", "total": number * 1.5, "customer": {"id": number % 7, "vip": False},
        "tags": ["a", "b"], "lines": [{"sku": f"s{number}", "count": 1}, {"sku": "t", "count": 2}],
        "updated_at": f"2024-01-01T{number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z", **fields,
    }  # fmt: skip


@dataclass(kw_only=True)
class Shop:
    """Orders by page number, with what changed since."""

    records: list[dict[str, Any]]
    size: int = 50
    before: Callable[[Request], Reply | None] = lambda request: None

    def __call__(self, request: Request) -> Reply:
        if (reply := self.before(request)) is not None:
            return reply
        since = request.query.get("since", "")
        found = sorted(
            (each for each in self.records if str(each.get("updated_at") or "9") >= since),
            key=lambda each: (str(each.get("updated_at") or "9"), each["id"]),
        )
        begin = (int(request.query.get("page", "1")) - 1) * self.size
        return Reply(body={"data": found[begin : begin + self.size]})


SHOP: Mapping[str, str] = {
    "name": "orders", "pagination": "page number", "records": "data", "primary_key": "id", "incremental": "updated_at",
    "since_param": "since", "rate_limit": "1000",
}  # fmt: skip


def connect(
    member: Principal, warehouse: Warehouse, stub: Stub, *, given: Mapping[str, str] | None = None, **config: str
) -> DataFlow:
    """A draft of a data flow that reads the stub."""
    return services.connect(
        member, template_key="api_ingestion", warehouse=warehouse.id, config={"url": f"{stub.url}/orders", **config},
        given={name: SecretText(value) for name, value in (given or {}).items()},
    )  # fmt: skip


def make_flow(
    member: Principal, warehouse: Warehouse, stub: Stub, *, choose: Choose = lambda each: each, on_drift: str = "",
    given: Mapping[str, str] | None = None, **config: str,
) -> DataFlow:  # fmt: skip
    """A data flow with the table as suggested and then as `choose` has it; run by hand."""
    flow = connect(member, warehouse, stub, given=given, **config)
    wanted = [choose(each) for each in services.suggest(services.discover(member, flow.id))]
    services.choose(member, flow.id, wanted, on_drift=on_drift)
    stub.requests.clear()
    return services.schedule(member, flow.id, kind="manual")
