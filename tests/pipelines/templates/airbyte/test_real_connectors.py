"""Connectors from PyPI: made-up rows, a file on a web server, issues behind a token; killed and gone on with."""

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as django_settings

from oneclick.accounts.roles import Principal
from oneclick.core.background import in_background
from oneclick.core.secrets import SecretText
from oneclick.outbound.destinations import parse
from oneclick.pipelines import services
from oneclick.pipelines.models import DataFlow, RunState
from oneclick.pipelines.templates.airbyte import installing
from oneclick.warehouses.contract.descriptions import CheckResult
from oneclick.warehouses.models import Warehouse
from tests.outbound.certificates import make_authority
from tests.pipelines.conftest import Rows
from tests.pipelines.sources import drive, update
from tests.pipelines.templates.airbyte.conftest import Choose, append, at_work, delta, full
from tests.pipelines.templates.airbyte.killing import killed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]

KEPT = Path.home() / ".cache" / "oneclick-tests"
ROWS = 12_000
ISSUES = 350
TOKEN = "canary-of-github"


def installed(name: str, version: str) -> None:
    """The connector in this test's home: installed once for all tests that install in the same way."""
    how = hashlib.sha256(Path(installing.__file__).read_bytes()).hexdigest()[:12]
    made = installing.install(KEPT / f"connectors-{how}", name, version)
    link = Path(django_settings.HOME) / "connectors" / name / version
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.exists():
        link.symlink_to(made.folder)


def make_flow(
    member: Principal, warehouse: Warehouse, stream: str, choose: Choose, config: dict[str, str], **secrets: str
) -> DataFlow:
    flow = services.connect(
        member, template_key="airbyte", warehouse=warehouse.id, config=config,
        given={f"config.{name}": SecretText(value) for name, value in secrets.items()},
    )  # fmt: skip
    checks = services.check(member, flow.id)
    assert [check.result for check in checks] == [CheckResult.PASSED] * 2, checks
    found = services.suggest(services.discover(member, flow.id))
    services.choose(member, flow.id, [choose(each) for each in found if each.stream == stream])
    return services.schedule(member, flow.id, kind="manual")


def killed_and_gone_on_with(member: Principal, flow: DataFlow, *, row: int) -> None:
    run = services.run_now(member, flow.id)
    killed(run, "before a row", row=row)
    assert at_work() == []
    again = drive(member, run)
    assert (again.state, again.error_message) == (RunState.DONE, "")


@pytest.mark.parametrize("choose", [full, delta, append], ids=["full", "delta", "append"])
def test_made_up_rows(member: Principal, warehouse: Warehouse, rows_in: Rows, *, choose: Choose) -> None:
    installed("faker", "7.2.1")
    config = {"connector": "faker", "version": "7.2.1", "config.count": str(ROWS), "config.seed": "1"}
    config |= {"config.always_updated": "false", "config.parallelism": "2", "config.records_per_slice": "500"}
    flow = make_flow(member, warehouse, "users", choose, config)
    killed_and_gone_on_with(member, flow, row=ROWS // 2)
    assert rows_in("raw.users", "count(*), count(DISTINCT id), min(id), max(id)") == [(ROWS, ROWS, 1, ROWS)]
    kinds = dict(rows_in("(DESCRIBE raw.users)", "column_name, column_type"))
    assert (kinds["id"], kinds["updated_at"], kinds["address"]) == ("BIGINT", "TIMESTAMP WITH TIME ZONE", "JSON")
    again = update(member, flow)
    assert (again.state, again.rows) == (RunState.DONE, ROWS if choose is full else 0)
    assert rows_in("raw.users", "count(*), count(DISTINCT id)") == [(ROWS, ROWS)]


def test_a_file_on_a_web_server(
    member: Principal,
    warehouse: Warehouse,
    rows_in: Rows,
    *,
    settings: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    installed("file", "0.5.39")
    authority = make_authority(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
    lines = [f"{number},n{number},{number / 4}" for number in range(ROWS)]
    text = "\n".join(["id,name,amount", *lines]) + "\n"
    with served(
        lambda handler: answer(handler, text.encode(), "text/csv"), authority.server_context("127.0.0.1")
    ) as at:
        settings.ONECLICK_OUTBOUND_ALLOW = [parse(at)]
        config = {"connector": "file", "version": "0.5.39", "config.dataset_name": "sales", "config.format": "csv"}
        flow = make_flow(member, warehouse, "sales", full, config | {"config.url": f"{at}/sales.csv"})
        killed_and_gone_on_with(member, flow, row=ROWS // 2)
        assert update(member, flow).rows == ROWS
    assert rows_in("raw.sales", "count(*), count(DISTINCT id), sum(amount)") == [(ROWS, ROWS, (ROWS - 1) * ROWS / 8)]


def test_issues_of_github_behind_a_token(member: Principal, warehouse: Warehouse, rows_in: Rows, settings: Any) -> None:
    installed("github", "2.7.1")
    issues = [issue(number, changed_s=number) for number in range(1, ISSUES + 1)]
    hub = Hub(issues=issues)
    with served(hub.answer) as at:
        settings.ONECLICK_OUTBOUND_ALLOW = [parse(at)]
        config = {
            "connector": "github", "version": "2.7.1", "config.credentials": "Personal Access Token",
            "config.repositories": "acme/shop", "config.api_url": f"http://{at}/",
            "config.start_date": "2024-01-01T00:00:00Z",
        }  # fmt: skip
        flow = make_flow(member, warehouse, "issues", delta, config, **{"credentials.personal_access_token": TOKEN})
        killed_and_gone_on_with(member, flow, row=ISSUES // 2)
        assert rows_in("raw.issues", "count(*), count(DISTINCT id)") == [(ISSUES, ISSUES)]
        assert len(hub.pages) > 3

        hub.sinces.clear()
        issues[0] = issue(1, changed_s=ISSUES + 1, title="changed")
        issues.append(issue(ISSUES + 1, changed_s=ISSUES + 2))
        second = update(member, flow)
        assert (second.state, second.error_message) == (RunState.DONE, "")
        assert hub.sinces
        assert min(hub.sinces) > "2024-01-01T00:05"
        assert second.rows is not None
        assert 2 <= second.rows < 20
    assert rows_in("raw.issues", "count(*), count(DISTINCT id)") == [(ISSUES + 1, ISSUES + 1)]
    assert rows_in("(FROM raw.issues WHERE number = 1)", "title") == [("changed",)]
    assert hub.refused == 0


def issue(number: int, *, changed_s: int, title: str = "an issue") -> dict[str, Any]:
    moment = dt.datetime(2024, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=changed_s)
    text = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "id": number + 1000, "number": number, "title": title, "state": "open", "created_at": text, "updated_at": text,
        "user": {"login": "ada", "id": 1}, "labels": [{"id": 1, "name": "bug"}], "comments": 0,
    }  # fmt: skip


class Hub:
    """What the connector asks GitHub."""

    def __init__(self, *, issues: list[dict[str, Any]]) -> None:
        self.issues = issues
        self.pages: set[str] = set()
        self.sinces: list[str] = []
        self.refused = 0

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        if TOKEN not in handler.headers.get("Authorization", ""):
            self.refused += 1
            answer(handler, b'{"message": "Bad credentials"}', status=401)
            return
        parts = urlsplit(handler.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path.endswith("/issues"):
            self._list(handler, asked)
        elif parts.path == "/rate_limit":
            limits = {"limit": 5000, "remaining": 4999, "used": 1, "reset": 4102444800}
            answer(handler, json.dumps({"resources": {"core": limits, "graphql": limits}, "rate": limits}).encode())
        elif parts.path.startswith("/repos/"):
            owner = {"login": "acme", "id": 2, "type": "Organization"}
            found = {"id": 3, "name": "shop", "full_name": "acme/shop", "owner": owner, "organization": owner}
            answer(handler, json.dumps(found | {"default_branch": "main"}).encode())
        else:
            answer(handler, b'{"message": "Not Found"}', status=404)

    def _list(self, handler: BaseHTTPRequestHandler, asked: dict[str, str]) -> None:
        page, size = int(asked.get("page", 1)), int(asked.get("per_page", 30))
        self.pages.add(handler.path)
        if "since" in asked:
            self.sinces.append(asked["since"])
        found = sorted(
            (each for each in self.issues if each["updated_at"] >= asked.get("since", "")),
            key=lambda each: str(each["updated_at"]),
        )
        links = {}
        if page * size < len(found):
            at = f"http://{handler.headers['Host']}{urlsplit(handler.path).path}"
            kept = "&".join(f"{name}={value}" for name, value in asked.items() if name != "page")
            links["Link"] = f'<{at}?{kept}&page={page + 1}>; rel="next"'
        answer(handler, json.dumps(found[(page - 1) * size : page * size]).encode(), headers=links)


def answer(
    handler: BaseHTTPRequestHandler,
    content: bytes,
    kind: str = "application/json",
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> None:
    handler.send_response(status)
    for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **(headers or {})}.items():
        handler.send_header(name, value)
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(content)


@contextmanager
def served(respond: Callable[[BaseHTTPRequestHandler], None], tls: Any = None) -> Iterator[str]:
    """A web server, as host:port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            respond(self)

        do_HEAD = do_GET  # noqa: N815 - http.server's name

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    with in_background(server):
        yield f"127.0.0.1:{server.server_address[1]}"
