"""Every address with every kind of caller: what each may reach, written down by hand, and a walk that holds it true.

The table here is on purpose not made from the product's own table of rights: a rule that is too permissive there must
be seen here.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import URLPattern, URLResolver, get_resolver

from oneclick.accounts.models import ApiToken
from oneclick.core.clock import utcnow
from oneclick.project.api import api
from tests.accounts.conftest import an_operator, signed_in, signed_in_as, with_token
from tests.cast import Cast

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SAFE = ("GET",)
ADMINS = frozenset({"admin"})
WRITERS = frozenset({"admin", "member"})
OPERATORS = frozenset({"operator"})
EVERYBODY = frozenset({"admin", "member", "reader"})
REFUSALS = (401, 403, 404)
RECORDS = {"audit_event", "audit_unsealed", "queries_queryhistory"}
"""Tables that say who read what: reading writes there."""
NOISE = ("sign_in_session", "sign_in_tries", "django_session", "job_queue")
"""Tables that a refused request may write to: browser sessions and the count of tries."""


@dataclass(frozen=True, kw_only=True)
class World:
    """The cast, and one of everything that belongs to the admin's organisation. `ids` fill the addresses."""

    cast: Cast
    ids: Mapping[str, str]
    secret_words: Sequence[str]

    def address(self, case: "Case") -> str:
        filled = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: self.ids[case.instead.get(match[1], match[1])], case.route)
        return f"/{filled}"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One method of one address. `is_own` says that it names no object: an outsider reaches their own organisation.

    `instead` names another object than the usual one for a part of the address. `effect` names the table that must
    change; for what reads, nothing may.
    """

    method: str
    route: str
    allowed: frozenset[str]
    is_own: bool = False
    instead: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    query: str = ""
    effect: str = ""

    @property
    def name(self) -> str:
        return f"{self.method} {self.route}"

    @property
    def is_api(self) -> bool:
        return self.route.startswith("api/")


@dataclass(frozen=True, kw_only=True)
class File:
    """A form with a file."""

    content: bytes = b"day,amount\n2024-07-01,10\n"
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Heard:
    """An answer, read to its end."""

    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def leads_to_sign_in(self) -> bool:
        return self.status == 302 and self.headers["Location"].startswith("/sign-in")


Caller = Callable[[Case, str], Heard]


def routes() -> Iterator[tuple[str, str]]:
    """Every (method, route) that answers anything but "not this method": asked of the URL configuration itself."""
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                for method in operation.methods:
                    yield method, "api" + re.sub(r"\{(\w+)\}", r"<\1>", prefix + path)
    yield from _pages(get_resolver().url_patterns)


def _pages(patterns: Sequence[Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for entry in patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _pages(entry.url_patterns, route)
        elif isinstance(entry, URLPattern) and not _is_operation(entry):
            yield from ((method, route) for method in METHODS)


def _is_operation(entry: URLPattern) -> bool:
    return getattr(entry.callback, "__name__", "").endswith("_view_wrapper")


def callers(world: World) -> dict[str, Caller]:
    """Each of the cast twice, with a token and in a browser, nobody, and an operator who belongs nowhere."""
    found: dict[str, Caller] = {"anonymous": _call(Client(raise_request_exception=False))}
    for name in ("admin", "member", "reader", "outsider"):
        principal = getattr(world.cast, name)
        found[f"{name} in a browser"] = _call(signed_in(principal))
        found[f"{name} with a token"] = _call(Client(raise_request_exception=False), **with_token(principal).headers)
    found["operator in a browser"] = _call(signed_in_as(an_operator()))
    # A token's last use is noted once a minute, and the walk takes longer: as noted already, and for the whole of it.
    ApiToken.objects.update(last_used_at=utcnow() + timedelta(hours=1))
    return found


def _call(client: Client, **headers: str) -> Caller:
    def call(case: Case, path: str) -> Heard:
        content, kind = _encoded(case)
        answer = client.generic(case.method, path + case.query, content, content_type=kind, headers=headers)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        return Heard(status=answer.status_code, text=content.decode(errors="replace"), headers=dict(answer.headers))

    return call


def _encoded(case: Case) -> tuple[Any, str]:
    if isinstance(case.body, File):
        file = SimpleUploadedFile("sales.csv", case.body.content)
        return encode_multipart(BOUNDARY, {"file": file, **case.body.fields}), MULTIPART_CONTENT
    if case.is_api:
        return ("" if case.body is None else json.dumps(case.body)), "application/json"
    return encode_multipart(BOUNDARY, case.body or {}), MULTIPART_CONTENT


def walk(world: World, cases: Sequence[Case]) -> list[str]:
    """What is wrong; nothing, if nobody gets further than they may. Nothing that is done here stays."""
    everybody = callers(world)
    untouched = snapshot(), snapshot(world.secret_words)
    return [
        f"{case.name} as {name}: {problem}"
        for case in cases
        for name, caller in everybody.items()
        if _belongs(case, name)
        for problem in _problems(world, case, name, caller, untouched)
    ]


def _belongs(case: Case, name: str) -> bool:
    """Pages know no tokens."""
    return case.is_api or "token" not in name


def _problems(
    world: World, case: Case, name: str, caller: Caller, untouched: tuple[Mapping[str, str], Mapping[str, str]]
) -> Iterator[str]:
    path = world.address(case)
    who = name.split(" ", maxsplit=1)[0]
    before, theirs = untouched
    with undone():
        answer = caller(case, path)
        changed = _difference(before, snapshot())
        touched = _difference(theirs, snapshot(world.secret_words)) if changed else set()
    if who in case.allowed:
        yield from _not_done(case, answer, changed)
        return
    if touched:
        yield f"changed {sorted(touched)}"
    if leaked := _leaked(world, case, path, answer):
        yield f"shows {leaked}"
    if who in ("outsider", "operator") and case.is_own:
        if answer.status in (500, 503):
            yield f"answers {answer.status}"
        return
    if changed:
        yield f"changed {sorted(changed)}"
    if not _is_refused(case, who, answer):
        yield f"answers {answer.status}: {answer.text[:200]!r}"


def _not_done(case: Case, answer: Heard, changed: set[str]) -> Iterator[str]:
    if not 200 <= answer.status < 400 or answer.leads_to_sign_in:
        yield f"isn't done: {answer.status} {answer.headers.get('Location', '')} {answer.text[:300]!r}"
    elif case.effect and case.effect not in changed:
        yield f"had no effect on {case.effect}, but on {sorted(changed)}"
    elif case.method in SAFE and changed - RECORDS:
        yield f"changed {sorted(changed)} by reading"


def _is_refused(case: Case, who: str, answer: Heard) -> bool:
    if who == "anonymous" and not case.is_api:
        return answer.leads_to_sign_in
    if who == "outsider":
        return answer.status in (403, 404)
    return answer.status in REFUSALS


def _leaked(world: World, case: Case, path: str, answer: Heard) -> list[str]:
    """Words of the organisation in an answer to somebody who isn't in it, but for those that they said themselves."""
    said = path + case.query + json.dumps(case.body, default=str)
    heard = answer.text + str(answer.headers)
    return [word for word in world.secret_words if word in heard and word not in said]


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def snapshot(words: Sequence[str] = ()) -> dict[str, str]:
    """A hash of each table of ours; with words, of the rows that hold one of them."""
    names = sorted(
        {
            model._meta.db_table
            for config in apps.get_app_configs()
            if config.name.startswith("oneclick.")
            for model in config.get_models()
            if not model._meta.db_table.startswith(NOISE)
        }
    )
    condition = "WHERE t::text ~ %s" if words else ""
    parts = [
        f"SELECT '{name}', md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {name} t {condition}"
        for name in names
    ]
    pattern = "|".join(map(re.escape, words))
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), [pattern] * len(parts) if words else None)
        return dict(cursor.fetchall())


def _difference(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    return {name for name in before if before[name] != after[name]}
