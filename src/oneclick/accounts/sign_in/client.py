"""Where a request comes from: its address, as far as it can be known, and the browser in words."""

import ipaddress
from collections.abc import Iterable

from django.conf import settings
from django.http import HttpRequest

_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def address_of(request: HttpRequest) -> str | None:
    """The client's address. `X-Forwarded-For` is believed from proxies that the operator named, nobody else."""
    hops = [each.strip() for each in request.headers.get("X-Forwarded-For", "").split(",") if each.strip()]
    peer = _valid(request.META.get("REMOTE_ADDR", ""))
    while hops and peer and _is_trusted(peer):
        peer = _valid(hops.pop()) or peer
    return peer


def device_of(request: HttpRequest) -> str:
    """Such as "Firefox on Linux"."""
    agent = request.headers.get("User-Agent", "")
    return f"{_first(_BROWSERS, agent) or 'A browser'} on {_first(_SYSTEMS, agent) or 'an unknown system'}"


def _first(words: Iterable[tuple[str, str]], agent: str) -> str:
    return next((name for mark, name in words if mark in agent), "")


def _is_trusted(address: str) -> bool:
    found = ipaddress.ip_address(address)
    return any(found in network for network in settings.ONECLICK_TRUSTED_PROXIES)


def _valid(address: str) -> str | None:
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return None
