"""A job's events as they happen, over the real database, spoken to as a server would."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections, transaction
from psycopg import sql

from oneclick.accounts.models import ApiToken, Membership
from oneclick.accounts.services import revoke_token
from oneclick.accounts.sign_in.models import Session
from oneclick.accounts.users.models import User
from oneclick.core.clock import utcnow
from oneclick.project.database import direct_parameters
from oneclick.project.events import EventStreams
from oneclick.provisioning import states
from oneclick.provisioning.models import JobState, ProvisioningJob
from oneclick.warehouses.models import Warehouse
from tests.accounts.conftest import signed_in
from tests.cast import Cast
from tests.project.conftest import Caller

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_S = 5.0


@pytest.fixture
def job(cast: Cast) -> ProvisioningJob:
    """A job that nobody drives, with one event."""
    warehouse = Warehouse.objects.create(
        organisation=cast.organisation, provider="folders", name="sales", spec={"name": "sales"}
    )
    made = ProvisioningJob.objects.create(
        organisation=cast.organisation,
        warehouse=warehouse,
        kind="create",
        asked_by="operator:tester",
        asked_role="admin",
        correlation_id="0123456789abcdef",
        created_at=utcnow(),
    )
    note(made, "first")
    return made


def note(job: ProvisioningJob, kind: str) -> None:
    with transaction.atomic():
        states.append_event(job, kind)


def end(job: ProvisioningJob) -> None:
    job.refresh_from_db()
    states.move(job, JobState.RUNNING)
    states.move(job, JobState.SUCCESS)


@dataclass(kw_only=True)
class Stream:
    """One open request, as a server sees it."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    is_over: bool = False
    task: asyncio.Task[None] | None = None

    @property
    def events(self) -> list[dict[str, str]]:
        blocks = [block for block in self.text.split("\n\n") if "data:" in block]
        return [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks]  # type: ignore[misc]  # a pair each

    @property
    def kinds(self) -> list[str]:
        return [event["event"] for event in self.events]

    async def until(self, check: Callable[["Stream"], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not check(self):
            assert time.monotonic() < deadline, self.text
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def opened(
    streams: EventStreams, job_id: UUID | str, token: str = "", *, query: str = "", **headers: str
) -> AsyncIterator[Stream]:
    stream = Stream()
    leave = asyncio.Event()

    async def receive() -> dict[str, Any]:
        await leave.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            stream.status = message["status"]
            stream.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            stream.text += message["body"].decode()
            stream.is_over = not message.get("more_body", False)

    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if "cookie" not in sent or token:
        sent["authorization"] = f"Bearer {token}"
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "path": f"/events/jobs/{job_id}",
        "raw_path": f"/events/jobs/{job_id}".encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        "server": ("test", 80),
        "client": ("test", 1),
        "scheme": "http",
    }
    stream.task = asyncio.create_task(streams.application()(scope, receive, send))  # type: ignore[arg-type]  # plain dicts
    try:
        await stream.until(lambda it: it.status > 0)
        yield stream
    finally:
        leave.set()
        await asyncio.wait_for(stream.task, PATIENCE_S)


def play(scene: Callable[[EventStreams], Awaitable[None]], *, heartbeat_s: float = 15.0, of_one: int = 100) -> None:
    async def run() -> None:
        streams = EventStreams(heartbeat_s=heartbeat_s, of_one=of_one)
        try:
            await scene(streams)
        finally:
            streams.close()
            streams._threads.shutdown()

    asyncio.run(run())


async def in_thread(call: Callable[..., Any], *arguments: Any) -> Any:
    def run() -> Any:
        try:
            return call(*arguments)
        finally:
            connection.close()

    return await asyncio.to_thread(run)


def test_it_replays_goes_on_live_and_ends_with_the_job(job: ProvisioningJob, as_reader: Caller) -> None:
    async def scene(streams: EventStreams) -> None:
        async with opened(streams, job.id, as_reader.token) as stream:
            await stream.until(lambda it: it.kinds == ["first"])
            assert stream.headers["content-type"].startswith("text/event-stream")
            assert stream.headers["cache-control"] == "no-store"

            asked = time.monotonic()
            await in_thread(note, job, "second")
            await stream.until(lambda it: it.kinds == ["first", "second"])
            assert time.monotonic() - asked < 1.0

            await in_thread(end, job)
            await stream.until(lambda it: it.is_over)

        assert stream.kinds == ["first", "second", "state", "state", "end"]
        assert [event.get("id") for event in stream.events] == ["1", "2", "3", "4", None]
        assert json.loads(stream.events[-1]["data"]) == {"state": "success"}
        assert json.loads(stream.events[3]["data"])["state"] == "success"
        assert streams.bell.streams == 0

    play(scene)


@pytest.mark.parametrize(("query", "headers"), [("", {"last_event_id": "1"}), ("after=1", {})])
def test_it_goes_on_after_the_last_event_that_was_seen(
    job: ProvisioningJob, as_reader: Caller, query: str, headers: dict[str, str]
) -> None:
    note(job, "second")

    async def scene(streams: EventStreams) -> None:
        async with opened(streams, job.id, as_reader.token, query=query, **headers) as stream:
            await stream.until(lambda it: it.kinds == ["second"])

    play(scene)


def test_a_browser_that_has_seen_it_all_is_told_to_stop_asking(job: ProvisioningJob, as_reader: Caller) -> None:
    end(job)

    async def scene(streams: EventStreams) -> None:
        async with opened(streams, job.id, as_reader.token, last_event_id="3") as stream:
            assert stream.status == 204
        async with opened(streams, job.id, as_reader.token, last_event_id="2") as stream:
            await stream.until(lambda it: it.is_over)
            assert stream.kinds == ["state", "end"]

    play(scene)


def test_events_of_another_job_wake_nobody(job: ProvisioningJob, as_reader: Caller, cast: Cast) -> None:
    other = ProvisioningJob.objects.create(
        organisation=cast.organisation, warehouse=job.warehouse, kind="check", asked_by="x:y", asked_role="admin"
    )

    async def scene(streams: EventStreams) -> None:
        async with opened(streams, job.id, as_reader.token) as stream:
            await stream.until(lambda it: it.kinds == ["first"])
            await in_thread(note, other, "elsewhere")
            await in_thread(note, job, "here")
            await stream.until(lambda it: it.kinds == ["first", "here"])

    play(scene)


def test_who_may_not_see_the_job_is_refused(
    job: ProvisioningJob, as_outsider: Caller, as_reader: Caller, cast: Cast
) -> None:
    async def refusal(streams: EventStreams, job_id: object, token: str, **headers: str) -> tuple[int, str]:
        async with opened(streams, str(job_id), token, **headers) as stream:
            await stream.until(lambda it: it.is_over)
            assert stream.headers["x-correlation-id"]
            return stream.status, json.loads(stream.text)["error"]["code"]

    async def scene(streams: EventStreams) -> None:
        assert await refusal(streams, job.id, "ocd_wrong") == (401, "unauthenticated")
        assert await refusal(streams, job.id, "") == (401, "unauthenticated")
        assert await refusal(streams, job.id, as_outsider.token) == (404, "not_found")
        assert await refusal(streams, "01a20519-f006-71bc-901f-398a3e57a707", as_reader.token) == (404, "not_found")
        assert await refusal(streams, "x", as_reader.token) == (404, "not_found")
        for odd in ("-1", "x", "1.5", "99999999999", "\u0661"):
            odd_header = odd.encode().decode("latin-1")
            assert await refusal(streams, job.id, as_reader.token, last_event_id=odd_header) == (422, "invalid_request")

    play(scene)


def test_a_revoked_token_sees_nothing_more(job: ProvisioningJob, as_reader: Caller, cast: Cast) -> None:
    def revoke_and_go_on() -> None:
        revoke_token(cast.admin, str(ApiToken.objects.get().id))
        note(job, "secret")

    async def scene(streams: EventStreams) -> None:
        async with opened(streams, job.id, as_reader.token) as stream:
            await stream.until(lambda it: it.kinds == ["first"])
            await in_thread(revoke_and_go_on)
            await stream.until(lambda it: it.is_over)
            assert stream.kinds == ["first", "refused"]
            assert json.loads(stream.events[-1]["data"])["error"]["code"] == "unauthenticated"

    play(scene)


def test_a_revoked_token_is_found_out_even_while_nothing_happens(
    job: ProvisioningJob, as_reader: Caller, cast: Cast
) -> None:
    async def scene(streams: EventStreams) -> None:
        async with opened(streams, job.id, as_reader.token) as stream:
            await stream.until(lambda it: it.text.count(": still here") >= 2)
            await in_thread(lambda: revoke_token(cast.admin, str(ApiToken.objects.get().id)))
            await stream.until(lambda it: it.is_over)
            assert stream.kinds[-1] == "refused"

    play(scene, heartbeat_s=0.1)


@pytest.fixture
def cookie(cast: Cast) -> str:
    """What the browser of the reader sends."""
    return f"{settings.SESSION_COOKIE_NAME}={signed_in(cast.reader).cookies[settings.SESSION_COOKIE_NAME].value}"


def test_the_session_of_our_own_pages_is_enough(job: ProvisioningJob, cookie: str) -> None:
    async def scene(streams: EventStreams) -> None:
        async with opened(streams, job.id, cookie=cookie) as stream:
            await stream.until(lambda it: it.kinds == ["first"])

    play(scene)


def test_a_request_with_a_bad_token_is_not_taken_for_a_session(job: ProvisioningJob, cookie: str) -> None:
    async def scene(streams: EventStreams) -> None:
        async with opened(streams, job.id, "ocd_wrong", cookie=cookie) as stream:
            assert stream.status == 401

    play(scene)


@pytest.mark.parametrize(
    ("loses", "code"),
    [
        pytest.param(lambda cast: Session.objects.all().delete(), "unauthenticated", id="signed out"),
        pytest.param(
            lambda cast: Membership.objects.filter(user_id=cast.reader.id).delete(), "no_organisation", id="removed"
        ),
        pytest.param(
            lambda cast: User.objects.filter(id=cast.reader.id).update(is_active=False), "unauthenticated", id="off"
        ),
    ],
)
def test_whoever_loses_the_right_sees_nothing_more(
    job: ProvisioningJob, cast: Cast, cookie: str, loses: Callable[[Cast], object], code: str
) -> None:
    def lose_and_go_on() -> None:
        loses(cast)
        note(job, "secret")

    async def scene(streams: EventStreams) -> None:
        async with opened(streams, job.id, cookie=cookie) as stream:
            await stream.until(lambda it: it.kinds == ["first"])
            await in_thread(lose_and_go_on)
            await stream.until(lambda it: it.is_over)
            assert stream.kinds == ["first", "refused"]
            assert json.loads(stream.events[-1]["data"])["error"]["code"] == code

    play(scene)


def test_a_page_that_is_left_open_does_not_keep_its_session_alive(job: ProvisioningJob, cookie: str) -> None:
    long_ago = utcnow() - timedelta(minutes=10)
    Session.objects.update(seen_at=long_ago)

    async def scene(streams: EventStreams) -> None:
        async with opened(streams, job.id, cookie=cookie) as stream:
            await stream.until(lambda it: it.kinds == ["first"])

    play(scene)
    assert Session.objects.get().seen_at == long_ago


def test_closing_ends_every_stream_at_once(job: ProvisioningJob, as_reader: Caller) -> None:
    async def scene(streams: EventStreams) -> None:
        async with contextlib.AsyncExitStack() as stack:
            open_ones = [await stack.enter_async_context(opened(streams, job.id, as_reader.token)) for _ in range(20)]
            for stream in open_ones:
                await stream.until(lambda it: it.kinds == ["first"])
            assert streams.bell.streams == 20

            began = time.monotonic()
            await asyncio.to_thread(streams.close)
            for stream in open_ones:
                await stream.until(lambda it: it.is_over)
            assert time.monotonic() - began < 1.0

    play(scene)


def test_twenty_streams_listen_with_one_connection(job: ProvisioningJob, as_reader: Caller) -> None:
    def listening() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'oneclick-events'")
            return int(cursor.fetchone()[0])

    async def scene(streams: EventStreams) -> None:
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(20):
                stream = await stack.enter_async_context(opened(streams, job.id, as_reader.token))
                await stream.until(lambda it: it.kinds == ["first"])
            assert await in_thread(listening) == 1

    play(scene)


def test_a_lost_database_connection_loses_no_event(job: ProvisioningJob, as_reader: Caller) -> None:
    def cut_and_go_on() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'oneclick-events'"
            )
            assert len(cursor.fetchall()) == 1
        note(job, "while away")

    async def scene(streams: EventStreams) -> None:
        async with opened(streams, job.id, as_reader.token) as stream:
            await stream.until(lambda it: it.kinds == ["first"])
            await asyncio.sleep(0.2)
            for number in range(3):
                await in_thread(cut_and_go_on)
                await stream.until(lambda it, seen=number: len(it.kinds) == 2 + seen)
            assert stream.kinds == ["first"] + ["while away"] * 3

    play(scene)


def test_a_database_that_is_away_for_a_while_does_not_end_the_stream(job: ProvisioningJob, as_reader: Caller) -> None:
    database = sql.Identifier(connections["default"].settings_dict["NAME"])
    connection.close()

    def from_outside(*statements: sql.Composable) -> None:
        elsewhere = direct_parameters(application_name="test") | {"dbname": "postgres"}
        with psycopg.connect(**elsewhere, autocommit=True) as own:
            for statement in statements:
                own.execute(statement)

    def go_away() -> None:
        from_outside(
            sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(database),
            sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}").format(
                sql.Literal(connections["default"].settings_dict["NAME"])
            ),
        )

    def come_back() -> None:
        from_outside(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(database))
        note(job, "second")

    async def scene(streams: EventStreams) -> None:
        async with opened(streams, job.id, as_reader.token) as stream:
            await stream.until(lambda it: it.kinds == ["first"])
            await asyncio.sleep(0.2)
            await in_thread(go_away)
            await asyncio.sleep(1.0)
            try:
                assert not stream.is_over
            finally:
                await in_thread(come_back)
            await stream.until(lambda it: it.kinds == ["first", "second"])

    play(scene, heartbeat_s=0.1)


def test_a_garbled_notification_harms_nobody(job: ProvisioningJob, as_reader: Caller) -> None:
    def garble() -> None:
        with connection.cursor() as cursor:
            for payload in ("", "no json", "[]", '{"job": 7}', "null", '{"job": []}'):
                cursor.execute("SELECT pg_notify(%s, %s)", [states.CHANNEL, payload])

    async def scene(streams: EventStreams) -> None:
        async with opened(streams, job.id, as_reader.token) as stream:
            await stream.until(lambda it: it.kinds == ["first"])
            await in_thread(garble)
            await in_thread(note, job, "second")
            await stream.until(lambda it: it.kinds == ["first", "second"])

    play(scene)


def test_who_leaves_is_forgotten(job: ProvisioningJob, as_reader: Caller) -> None:
    async def scene(streams: EventStreams) -> None:
        async with opened(streams, job.id, as_reader.token) as stream:
            await stream.until(lambda it: it.kinds == ["first"])
            assert streams.bell.streams == 1
        assert streams.bell.streams == 0

    play(scene)


def test_an_organisation_has_only_so_many_streams_and_gets_them_back(job: ProvisioningJob, as_reader: Caller) -> None:
    async def scene(streams: EventStreams) -> None:
        for _ in range(3):
            async with opened(streams, job.id, as_reader.token), opened(streams, job.id, as_reader.token) as refused:
                await refused.until(lambda it: it.is_over)
                assert refused.status == 429
                assert refused.headers["retry-after"] == "5"
                assert json.loads(refused.text)["error"]["code"] == "too_many_streams"

    play(scene, of_one=1)


def test_other_addresses_are_answered_in_our_shape() -> None:
    async def scene(streams: EventStreams) -> None:
        async with opened(streams, "x/y") as stream:
            await stream.until(lambda it: it.is_over)
            assert (stream.status, json.loads(stream.text)["error"]["code"]) == (404, "no_such_address")

    play(scene)
