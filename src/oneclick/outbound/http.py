"""Sessions of requests behind the guard."""

from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.exceptions import RequestException

from oneclick.outbound.connections import GuardedHTTPPool, GuardedHTTPSPool, tls
from oneclick.outbound.destinations import host_of
from oneclick.outbound.errors import BadAddress, RedirectRefused
from oneclick.outbound.exchange import Exchange, current_exchange, under
from oneclick.outbound.failures import FAILURES, translated
from oneclick.outbound.resolving import Resolver
from oneclick.outbound.responses import GuardedResponse

MOST_REDIRECTS = 5
PORTS = {"http": 80, "https": 443}
FOLLOWING = frozenset({"GET", "HEAD"})
CARRIED_ON = frozenset({"accept", "accept-encoding", "accept-language", "user-agent"})
"""Headers that another origin gets, too; any other one may hold a secret."""

OTHER_PROTOCOLS = frozenset(
    {
        1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
        110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530,
        531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190,
        5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
    }
)  # fmt: skip
"""Ports of mail servers and the like, which could take a request for their own language: the list that browsers
refuse, https://fetch.spec.whatwg.org/#port-blocking"""


class GuardedSession(requests.Session):
    """A session that connects to checked addresses alone, within limits. See `outbound.session`."""

    def __init__(self, purpose: str, *, timeout_s: float, max_bytes: int, resolver: Resolver | None) -> None:
        super().__init__()
        self._purpose, self._timeout_s, self._max_bytes, self._resolver = purpose, timeout_s, max_bytes, resolver
        self.trust_env = False
        self.cookies = RequestsCookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
        self.headers.update({"User-Agent": "one-click-dwh", "Accept-Encoding": "gzip, deflate"})
        self.adapters.clear()
        adapter = _Adapter()
        self.mount("http://", adapter)
        self.mount("https://", adapter)

    def request(self, *args: Any, **kwargs: Any) -> Response:
        """As requests does it, with errors of ours."""
        try:
            return super().request(*args, **kwargs)
        except RequestException as exc:
            raise translated(exc) from None

    def send(self, request: PreparedRequest, **kwargs: Any) -> Response:
        """As requests does it: checked, within limits, redirects followed in our way."""
        exchange = Exchange(
            purpose=self._purpose,
            timeout_s=_shorter(self._timeout_s, kwargs.get("timeout")),
            max_bytes=self._max_bytes,
            resolver=self._resolver,
        )
        try:
            with under(exchange):
                response = self._send(request, exchange, most_redirects=_redirects(kwargs))
                if not kwargs.get("stream", self.stream):
                    response.content  # noqa: B018 - reads it, under the limits
        except FAILURES as exc:
            raise translated(exc, exchange) from None  # the cause may show what the address holds
        return response

    def get_redirect_target(self, resp: Response) -> str | None:
        """None: `send` follows in our way, and requests' own would be a second one."""
        return None

    def _send(self, request: PreparedRequest, exchange: Exchange, *, most_redirects: int) -> Response:
        history: list[Response] = []
        while True:
            exchange.target = _target(request)
            response = super().send(request, stream=True, allow_redirects=False, verify=True, cert=None, proxies={})
            response.history = list(history)
            if not response.is_redirect or most_redirects == 0:
                return response
            response.close()
            history.append(response)
            if len(history) > most_redirects:
                raise RedirectRefused(f"{exchange.target} sends us on for the {len(history)}th time.")
            request = _next(request, response, exchange)


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, ssl_context=tls(), **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": GuardedHTTPPool, "https": GuardedHTTPSPool}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Nothing: our TLS context says whom to trust, and a call can't say otherwise."""

    def build_response(self, req: PreparedRequest, resp: Any) -> Response:
        return GuardedResponse(super().build_response(req, resp), current_exchange())


def _target(request: PreparedRequest) -> str:
    """Where a request goes, as host:port; raises `BadAddress`, `BadDestination`."""
    _, host, port = _origin(request)
    if port in OTHER_PROTOCOLS:
        raise BadAddress(f"Port {port} belongs to another protocol than HTTP.", hint="Check the port.")
    return f"{host_of(host)}:{port}"


def _origin(request: PreparedRequest) -> tuple[str, str, int]:
    try:
        parts = urlsplit(request.url or "")
        port = parts.port
    except ValueError:
        raise BadAddress("The address has a host or a port that can't be.") from None
    if parts.scheme not in PORTS or "@" in parts.netloc:
        raise BadAddress("We call https:// and http:// addresses without a user name in them, and no others.")
    return parts.scheme, parts.hostname or "", PORTS[parts.scheme] if port is None else port


def _next(request: PreparedRequest, response: Response, exchange: Exchange) -> PreparedRequest:
    """The request that a redirect asks for."""
    if request.method not in FOLLOWING or request.body is not None:
        raise RedirectRefused(f"{exchange.target} answers a {request.method} by sending us on, which we don't follow.")
    following = request.copy()
    try:
        location = response.headers["location"].encode("latin-1").decode()  # http.client took its bytes for Latin-1
        following.prepare_url(urljoin(request.url or "", location), None)
    except ValueError:  # not UTF-8, half an IPv6 address and the like; requests' InvalidURL is one, too
        raise RedirectRefused(f"{exchange.target} sends us on to what isn't a web address.") from None
    before, after = _origin(request), _origin(following)
    if before[0] == "https" and after[0] != "https":
        raise RedirectRefused(f"{exchange.target} sends us from https on to {after[0]}.")
    if before != after:
        kept = {name: value for name, value in request.headers.items() if name.lower() in CARRIED_ON}
        following.prepare_headers(kept)
    return following


def _redirects(options: dict[str, Any]) -> int:
    return MOST_REDIRECTS if options.get("allow_redirects", True) else 0


def _shorter(limit_s: float, asked: Any) -> float:
    return min(limit_s, asked) if isinstance(asked, int | float) else limit_s
