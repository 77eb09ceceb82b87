"""Ways into an API and from page to page: found out from the first answer, or said."""

import base64
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import pytest

from oneclick.accounts.roles import Principal
from oneclick.pipelines import services
from oneclick.pipelines.contract.errors import BadFlow
from oneclick.pipelines.contract.templates import template
from oneclick.pipelines.models import RunState
from oneclick.pipelines.templates.api_ingestion import recipes
from oneclick.pipelines.templates.api_ingestion.api import Auth, Paging, of
from oneclick.pipelines.templates.api_ingestion.envelopes import Envelope
from oneclick.pipelines.templates.api_ingestion.fetching import Answer as Fetched
from oneclick.pipelines.templates.api_ingestion.pages import next_url
from oneclick.pipelines.templates.api_ingestion.source import ApiSource
from oneclick.telemetry import logs
from oneclick.warehouses.contract.descriptions import CheckResult
from oneclick.warehouses.models import Warehouse
from tests.pipelines.conftest import Rows
from tests.pipelines.sources import update
from tests.pipelines.templates.api_ingestion.stub import (
    SECRET,
    Answer,
    Reply,
    Request,
    Stub,
    connect,
    make_flow,
    record,
)
from tests.pipelines.test_engine import full

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("impatient")]

RECORDS = [record(number) for number in range(1, 26)]
CONFIG = {"name": "orders", "rate_limit": "1000"}


def slice_of(request: Request, name: str, *, step: int = 10, first: int = 0) -> tuple[list[Any], int]:
    """The records of this page, and where the next one begins."""
    at = int(request.query.get(name, str(first)))
    return RECORDS[at : at + step], at + step


def by_link(request: Request) -> Reply:
    found, following = slice_of(request, "at")
    link = f'</orders?at={following}>; rel="next", </orders?at=0>; rel="first"' if following < len(RECORDS) else ""
    return Reply(body=found, headers={"Link": link} if link else {})


def by_next_url(request: Request) -> Reply:
    found, following = slice_of(request, "at")
    following_url = f"http://{request.headers['host']}/orders?at={following}" if following < len(RECORDS) else None
    return Reply(body={"meta": {"count": 25}, "results": found, "links": {"self": "/x", "next": following_url}})


def by_cursor(request: Request) -> Reply:
    found, following = slice_of(request, "cursor")
    cursor = str(following) if following < len(RECORDS) else ""
    return Reply(body={"items": found, "response_metadata": {"next_cursor": cursor}})


def by_last_id(request: Request) -> Reply:
    found, following = slice_of(request, "starting_after")
    return Reply(body={"object": "list", "data": found, "has_more": following < len(RECORDS)})


def by_page(request: Request) -> Reply:
    page = int(request.query.get("page", "1"))
    return Reply(body={"page": page, "total_pages": 3, "value": RECORDS[(page - 1) * 10 : page * 10]})


def by_page_with_404(request: Request) -> Reply:
    reply = by_page(request)
    return reply if reply.body["value"] else Reply(status=404)


def by_offset(request: Request) -> Reply:
    found, _ = slice_of(request, "offset", step=int(request.query.get("limit", "10")))
    return Reply(body={"data": {"rows": found}, "offset": int(request.query.get("offset", 0)), "total": 25})


def at_once(request: Request) -> Reply:
    return Reply(body=RECORDS)


def by_next_number(request: Request) -> Reply:
    page = int(request.query.get("page", "1"))
    found = RECORDS[(page - 1) * 10 : page * 10]
    return Reply(body={"records": found, "paging": {"next_page": page + 1 if page * 10 < len(RECORDS) else None}})


class TestPages:
    @pytest.mark.parametrize(
        ("answer", "kind", "records"),
        [
            (by_link, Paging.LINK, "$"),
            (by_next_url, Paging.NEXT_URL, "results"),
            (by_cursor, Paging.CURSOR, "items"),
            (by_page, Paging.PAGE, "value"),
            (by_page_with_404, Paging.PAGE, "value"),
            (by_next_number, Paging.CURSOR, "records"),
            (by_offset, Paging.OFFSET, "data.rows"),
            (at_once, Paging.NONE, "$"),
        ],
    )
    def test_how_pages_follow_one_another_is_found_out(
        self, member: Principal, warehouse: Warehouse, stub: Stub, rows_in: Rows,
        *, answer: Answer, kind: Paging, records: str,
    ) -> None:  # fmt: skip
        stub.answer = answer
        flow = make_flow(member, warehouse, stub, choose=full, **CONFIG)
        source = services.source(flow)
        assert isinstance(source, ApiSource)
        sample = source.sample()
        assert (sample.found["pagination"], sample.found["records"]) == (kind.value, records)
        assert sample.found["primary_key"] == "id"
        assert sample.rows[0][:3] == ("1", "order 1", "1.5")
        run = update(member, flow)
        assert (run.state, run.rows, run.error_message) == (RunState.DONE, 25, "")
        assert rows_in("raw.orders", "count(DISTINCT id)") == [(25,)]

    def test_the_last_records_id_is_a_cursor(self, member: Principal, warehouse: Warehouse, stub: Stub) -> None:
        stub.answer = by_last_id
        config = {"pagination": "cursor", "next_path": "data.-1.id", "more_path": "has_more"}
        flow = make_flow(member, warehouse, stub, choose=full, page_param="starting_after", **config, **CONFIG)
        assert update(member, flow).rows == 25
        assert stub.asked("starting_after") == [None, "10", "20"]

    def test_an_empty_page_with_a_cursor_is_not_the_end(
        self, member: Principal, warehouse: Warehouse, stub: Stub
    ) -> None:
        def with_a_gap(request: Request) -> Reply:
            at = int(request.query.get("cursor", "0"))
            found = RECORDS[at : at + 5] if at % 2 == 0 else []
            return Reply(body={"items": found, "next_cursor": at + 5 if at < 20 else None})

        stub.answer = with_a_gap
        config = {"pagination": "cursor", "next_path": "next_cursor", "page_param": "cursor", "records": "items"}
        assert update(member, make_flow(member, warehouse, stub, choose=full, **config, **CONFIG)).rows == 15

    def test_a_round_number_of_records_on_one_page_is_doubted(
        self, member: Principal, warehouse: Warehouse, stub: Stub
    ) -> None:
        stub.answer = lambda request: Reply(body=RECORDS[:20])
        checks = services.check(member, connect(member, warehouse, stub, **CONFIG).id)
        assert checks[-1].result is CheckResult.NOT_CHECKABLE
        assert "exactly 20 records" in checks[-1].title

    def test_a_page_size_is_asked_for_and_a_smaller_one_loses_nothing(
        self, member: Principal, warehouse: Warehouse, stub: Stub
    ) -> None:
        def at_most_seven(request: Request) -> Reply:
            found, _ = slice_of(request, "offset", step=min(int(request.query["limit"]), 7))
            return Reply(body={"data": found})

        stub.answer = at_most_seven
        flow = make_flow(
            member, warehouse, stub, choose=full, pagination="offset", page_size="100", size_param="limit", **CONFIG
        )
        assert update(member, flow).rows == 25
        assert set(stub.asked("limit")) == {"100"}

    def test_what_is_found_is_told_in_plain_words(self, member: Principal, warehouse: Warehouse, stub: Stub) -> None:
        stub.answer = by_cursor
        checks = services.check(member, connect(member, warehouse, stub, **CONFIG).id)
        assert {check.result for check in checks} == {CheckResult.PASSED}
        assert [check.title for check in checks] == [
            f"{stub.destination} answers",
            "10 records at items, with 8 columns",
            "The next page comes by the cursor at response_metadata.next_cursor",
            "A record is told by its id",
            "Lists that become tables: lines",
        ]
        assert len(stub.requests) == 1

    def test_a_look_asks_once(self, member: Principal, warehouse: Warehouse, stub: Stub) -> None:
        stub.answer = by_cursor
        streams, preview = services.look(member, connect(member, warehouse, stub, **CONFIG).id)
        assert ([each.name for each in streams], preview and preview.rows[0][0]) == (["orders"], "1")
        assert len(stub.requests) == 1


def token_server(request: Request) -> Reply:
    """Takes the client's secret in the body only, and gives tokens that work once."""
    if request.path == "/token":
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        is_right = form.get("client_secret") == SECRET and form["grant_type"] == "client_credentials"
        return Reply(body={"access_token": f"token of {form.get('scope')}"}) if is_right else Reply(status=401)
    return at_once(request) if request.headers.get("authorization") == "Bearer token of read" else Reply(status=401)


class TestSignIn:
    @pytest.mark.parametrize(
        ("config", "secret", "seen"),
        [
            ({"auth": "key in a header", "auth_name": "X-Key"}, "key", ("x-key", SECRET)),
            ({"auth": "bearer token"}, "token", ("authorization", f"Bearer {SECRET}")),
            (
                {"auth": "user and password", "user": "ü"},
                "password",
                ("authorization", "Basic " + base64.b64encode(f"ü:{SECRET}".encode()).decode()),
            ),
        ],
    )
    def test_each_request_says_who_we_are(
        self, member: Principal, warehouse: Warehouse, stub: Stub,
        *, config: Mapping[str, str], secret: str, seen: tuple[str, str],
    ) -> None:  # fmt: skip
        stub.answer = by_link
        flow = make_flow(member, warehouse, stub, choose=full, given={secret: SECRET}, **config, **CONFIG)
        assert update(member, flow).rows == 25
        assert {request.headers[seen[0]] for request in stub.requests} == {seen[1]}

    def test_a_key_goes_into_every_query(self, member: Principal, warehouse: Warehouse, stub: Stub) -> None:
        stub.answer = by_next_url
        flow = make_flow(
            member, warehouse, stub, choose=full, given={"key": SECRET}, auth="key in the query", **CONFIG
        )  # fmt: skip
        assert update(member, flow).rows == 25
        assert stub.asked("api_key") == [SECRET] * 3

    def test_a_key_that_comes_back_in_an_address_is_not_kept(self) -> None:
        api = of({"url": "https://example.com/a", "auth": "key in the query", "pagination": "link header"})
        answer = Fetched(url=api.url, body=b"", next_link=f"https://example.com/a?page=2&api_key={SECRET}&x=1")
        assert next_url(api, answer, Envelope(around=None, records=("{}",))) == "https://example.com/a?page=2&x=1"

    def test_a_token_is_fetched_for_the_clients_secret(
        self, member: Principal, warehouse: Warehouse, stub: Stub
    ) -> None:
        stub.answer = token_server
        config = {
            "auth": "OAuth2 client credentials", "token_url": f"{stub.url}/token", "client_id": "us", "scope": "read",
        }  # fmt: skip
        flow = make_flow(member, warehouse, stub, choose=full, given={"client_secret": SECRET}, **config, **CONFIG)
        assert update(member, flow).rows == 25
        services.reconnect(member, flow.id, config=flow.config | {"scope": "write"}, given={})
        refused = update(member, flow)
        assert (refused.state, refused.error_code) == (RunState.FAILED, "source_refused")
        assert SECRET not in refused.error_message + refused.error_hint

    def test_no_secret_is_in_a_log_or_a_repr(
        self, member: Principal, warehouse: Warehouse, stub: Stub, capfd: pytest.CaptureFixture[str], caplog: Any
    ) -> None:
        caplog.set_level(logging.DEBUG)
        for name, level in logs.QUIET.items():
            caplog.set_level(level, name)
        stub.answer = by_next_url
        flow = make_flow(member, warehouse, stub, choose=full, given={"key": SECRET}, auth="key in the query", **CONFIG)
        update(member, flow)
        stub.answer = lambda request: Reply(status=403)
        update(member, flow)
        source = services.source(flow)
        heard = "".join(capfd.readouterr()) + caplog.text + repr(source) + repr(vars(source))
        assert SECRET not in heard


class TestRecipes:
    @pytest.mark.parametrize("name", recipes.names())
    def test_each_is_valid(self, name: str) -> None:
        recipe = recipes.all_recipes()[name]
        kind = template("api_ingestion")
        config = {"recipe": name, **dict.fromkeys(recipe.asks, "a/b c")}
        api = of(config)
        assert api.url.startswith("https://")
        assert "{" not in api.url
        assert api.key
        assert api.table == name
        assert api.pagination.kind is not Paging.AUTO
        assert bool(api.incremental) == bool(api.since_parameter)
        assert recipe.sources
        assert all(source.startswith("https://") for source in recipe.sources)
        fields = {field.name: field for field in kind.fields(config)}
        assert recipe.settings.keys() <= fields.keys()
        assert not fields["url"].is_required
        assert (api.auth is Auth.NONE) == (not any(field.is_secret for field in fields.values()))

    def test_what_a_recipe_asks_for_is_needed(self) -> None:
        with pytest.raises(BadFlow, match="Organisation is missing"):
            of({"recipe": "github_repositories"})

    def test_what_somebody_says_goes_before_a_recipe(self) -> None:
        api = of({"recipe": "stripe_charges", "name": "payments", "auth": "none"})
        assert (api.table, api.auth, api.url) == ("payments", Auth.NONE, "https://api.stripe.com/v1/charges")


def test_the_form_asks_for_what_the_sign_in_and_the_pages_need() -> None:
    kind = template("api_ingestion")

    def asked(**config: str) -> set[str]:
        return {field.name for field in kind.fields(config)}

    assert "token" not in asked()
    assert {"token_url", "client_id", "client_secret"} <= asked(auth="OAuth2 client credentials")
    assert {"next_path", "page_param"} <= asked(pagination="cursor")
    assert {field.name for field in kind.fields({"auth": "bearer token"}) if field.is_secret} == {"token"}
