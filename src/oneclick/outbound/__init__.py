"""The guard before foreign addresses: nobody steers our connections into our own network.

Whatever connects to an address that a user wrote goes through here: HTTP by `session`, drivers by `check`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import requests

    from oneclick.outbound.addresses import Address
    from oneclick.outbound.resolving import Resolver

TIMEOUT_S = 10.0
MAX_BYTES = 1 << 20


def session(
    purpose: str,
    *,
    timeout_s: float = TIMEOUT_S,
    max_bytes: int = MAX_BYTES,
    resolver: "Resolver | None" = None,
) -> "requests.Session":
    """A session of requests for addresses that a user may have written. Its calls raise errors of `outbound.errors`.

    - Each connection is resolved, checked on every address, and made to a checked one; TLS verifies the name.
    - `timeout_s` is for the whole call, redirects and body included; `max_bytes` is for the unpacked body.
    - At most five redirects, of GET and HEAD alone, each checked again, never from https to http; what another origin
      gets carries none of the caller's headers.
    - No proxies, netrc or cookies; `verify`, `cert`, `proxies` and a longer `timeout` of the caller's have no effect.

    Answers are those of requests: `json()` raises `ValueError` and `raise_for_status()` its own error. Read them by
    `content`, `text`, `json()`, `iter_content` or `iter_lines`; `raw` doesn't limit what is unpacked.

    `purpose` tells the operator in our log what was wanted, such as "read the keys of an identity provider".
    """
    from oneclick.outbound.http import GuardedSession

    return GuardedSession(purpose, timeout_s=timeout_s, max_bytes=max_bytes, resolver=resolver)


def check(
    host: str, port: int, *, timeout_s: float = TIMEOUT_S, resolver: "Resolver | None" = None
) -> "Sequence[Address]":
    """The addresses that a driver may connect to: hand it these, such as PostgreSQL's `hostaddr`, never the name alone.

    Raises `DestinationRefused` where any address of the name isn't allowed, `DestinationUnreachable` where it has none,
    `BadDestination` where it is no host and port.
    """
    from oneclick.outbound.guard import admitted

    return admitted(host, port, timeout_s=timeout_s, resolver=resolver)
