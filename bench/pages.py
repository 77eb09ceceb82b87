"""What pages cost: bytes and requests in a browser, and the server's time with 50 people at once."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from playwright.sync_api import Browser, Request
from tests.browser import launched
from tests.installations import environment as newcomers_environment

from bench.figures import Figure, ms, p50_p99
from bench.stack import ONECLICK

PEOPLE = 50
ROUNDS = 6
HOME_MOST = 100_000
PUBLIC = ("/", "/pricing", "/sign-in/")
CONSOLE = ("/overview", "/warehouses", "/changes", "/team", "/start")
SESSION = """
import django
django.setup()
from django.conf import settings
from django.test import Client
from oneclick.accounts.users.models import User
from oneclick.accounts.models import Membership
client = Client()
client.force_login(User.objects.get(id=Membership.objects.filter(role="admin").values("user_id")[:1]))
name = settings.SESSION_COOKIE_NAME
print(name, client.cookies[name].value)
"""
"""Prints the cookie of an admin of the sample organisation, to whom no provider leads."""


def measure() -> Iterator[Figure]:
    """Needs that nothing else runs. The people who ask run on the same machine and take their share of it."""
    with TemporaryDirectory(prefix="oneclick-bench-", dir="/tmp") as home:
        environment = newcomers_environment(Path(home), ONECLICK_LOG_LEVEL="WARNING")
        try:
            _run(environment, ONECLICK, "up", "--detach")
            _run(environment, ONECLICK, "seed")
            url = json.loads(_run(environment, ONECLICK, "status", "--json"))["url"]
            cookie = dict([_session(environment)])
            asked = [(path, {}) for path in PUBLIC] + [(path, cookie) for path in CONSOLE]
            with launched() as (browser, _):
                yield from (_weight(browser, url, path, cookies) for path, cookies in asked)
            yield from (asyncio.run(_under_load(url, path, cookies)) for path, cookies in asked)
        finally:
            _run(environment, ONECLICK, "down")


def _weight(browser: Browser, url: str, path: str, cookie: dict[str, str]) -> Figure:
    context = browser.new_context()
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookie.items()])
    page, loaded = context.new_page(), list[Request]()
    page.on("requestfinished", lambda request: loaded.append(request))  # noqa: PLW0108 - it marks its handler, which a method of list refuses
    page.goto(url + path, wait_until="networkidle")
    sizes = [request.sizes() for request in loaded]
    size = sum(each["responseBodySize"] + each["responseHeadersSize"] for each in sizes)
    context.close()
    bound = {"bound": "under 100 KB", "is_met": size < HOME_MOST} if path == "/" else {}
    return Figure(name=f"{path}, with an empty cache", value=f"{size / 1000:.0f} KB, {len(loaded)} requests", **bound)


async def _under_load(url: str, path: str, cookie: dict[str, str]) -> Figure:
    """Everybody asks for the page, again and again."""
    took: list[float] = []

    async def ask(client: httpx.AsyncClient) -> None:
        for _ in range(ROUNDS):
            began = time.perf_counter()
            answer = await client.get(path)
            took.append(time.perf_counter() - began)
            answer.raise_for_status()

    clients = [httpx.AsyncClient(base_url=url, cookies=cookie, timeout=60) for _ in range(PEOPLE)]
    began = time.perf_counter()
    await asyncio.gather(*(ask(client) for client in clients))
    rate = len(took) / (time.perf_counter() - began)
    await asyncio.gather(*(client.aclose() for client in clients))
    return Figure(name=f"{path}, {PEOPLE} people at once, p50 / p99", value=_times(took, rate))


def _times(took: Sequence[float], rate: float) -> str:
    p50, p99 = p50_p99(took)
    return f"{ms(p50)} / {ms(p99)}, {rate:,.0f} pages/s"


def _session(environment: dict[str, str]) -> tuple[str, str]:
    said = _run({**environment, "DJANGO_SETTINGS_MODULE": "oneclick.project.settings"}, sys.executable, "-c", SESSION)
    name, value = said.split()
    return name, value


def _run(environment: dict[str, str], *command: str) -> str:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(command, env=kept | environment, check=True, capture_output=True, text=True).stdout
