"""An HTTP API as a data flow's settings describe it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from oneclick.pipelines.contract.errors import BadFlow
from oneclick.pipelines.templates.api_ingestion import paths

MOST_PAGES = 10_000
RATE = 10.0
K = TypeVar("K", bound=Enum)


class Auth(Enum):
    """How we say who we are."""

    NONE = "none"
    HEADER = "key in a header"
    QUERY = "key in the query"
    BASIC = "user and password"
    BEARER = "bearer token"
    OAUTH2 = "OAuth2 client credentials"


class Paging(Enum):
    """How one page leads to the next."""

    AUTO = "found out"
    NONE = "one page"
    LINK = "link header"
    NEXT_URL = "next address"
    CURSOR = "cursor"
    PAGE = "page number"
    OFFSET = "offset"


@dataclass(frozen=True, kw_only=True)
class Pagination:
    """How to come to the next page. `next_path` leads to the next address or cursor in the answer, `more_path` to what
    is false on the last page; `parameter` takes the cursor, the page's number or the offset.
    """

    kind: Paging = Paging.AUTO
    next_path: str = ""
    more_path: str = ""
    parameter: str = ""
    first: int = 1
    size_parameter: str = ""
    size: int | None = None


@dataclass(frozen=True, kw_only=True)
class Api:
    """What to ask, and where the records are. `records` is None where that is to be found out."""

    url: str
    table: str
    auth: Auth = Auth.NONE
    auth_name: str = ""
    user: str = ""
    token_url: str = ""
    client_id: str = ""
    scope: str = ""
    pagination: Pagination = Pagination()
    records: str | None = None
    key: tuple[str, ...] = ()
    incremental: str = ""
    since_parameter: str = ""
    per_second: float = RATE
    most_pages: int = MOST_PAGES

    @property
    def host(self) -> str:
        """What messages call it: a URL may hold what isn't for everybody."""
        return urlsplit(self.url).netloc

    @property
    def key_name(self) -> str:
        """The header or parameter that takes the key."""
        return self.auth_name or {Auth.HEADER: "X-API-Key", Auth.QUERY: "api_key"}.get(self.auth, "")

    @property
    def names(self) -> tuple[str, ...] | None:
        """The names that lead to the records."""
        return None if self.records is None else paths.parts(self.records)

    def with_found(self, *, pagination: Pagination, records: str) -> "Api":
        """The same with what was found out."""
        return replace(self, pagination=pagination, records=records)


def of(config: Mapping[str, str]) -> Api:
    """From a flow's settings, with what its recipe says; raises `BadFlow`."""
    from oneclick.pipelines.templates.api_ingestion import recipes

    asked = recipes.applied(config)
    records = asked.get("records", "")
    return Api(
        url=_address(asked.get("url", ""), "URL"),
        table=asked.get("name", "") or "records",
        auth=_kind(Auth, asked.get("auth", ""), "Sign-in"),
        auth_name=asked.get("auth_name", ""),
        user=asked.get("user", ""),
        token_url=_address(asked["token_url"], "Token URL") if asked.get("token_url") else "",
        client_id=asked.get("client_id", ""),
        scope=asked.get("scope", ""),
        pagination=_pagination(asked),
        records=None if not records else "" if records == "$" else records,
        key=tuple(name.strip() for name in asked.get("primary_key", "").split(",") if name.strip()),
        incremental=asked.get("incremental", ""),
        since_parameter=asked.get("since_param", ""),
        per_second=_number(asked, "rate_limit", RATE, least=0.01, most=1000),
        most_pages=int(_number(asked, "most_pages", MOST_PAGES, least=1, most=10_000_000)),
    )


def with_parameters(url: str, given: Mapping[str, str]) -> str:
    """The URL with these parameters in its query, in place of those that are called so."""
    if not given:
        return url
    parts = urlsplit(url)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in given]
    return urlunsplit(parts._replace(query=urlencode([*kept, *given.items()])))


def without_parameter(url: str, name: str) -> str:
    """The URL without that parameter."""
    parts = urlsplit(url)
    given = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(each, value) for each, value in given if each != name]
    return url if kept == given else urlunsplit(parts._replace(query=urlencode(kept)))


def _pagination(asked: Mapping[str, str]) -> Pagination:
    kind = _kind(Paging, asked.get("pagination", ""), "Pages")
    size = int(_number(asked, "page_size", 0, least=0, most=1_000_000)) or None
    pagination = Pagination(
        kind=kind,
        next_path=asked.get("next_path", ""),
        more_path=asked.get("more_path", ""),
        parameter=asked.get("page_param", "") or {Paging.PAGE: "page", Paging.OFFSET: "offset"}.get(kind, ""),
        first=int(_number(asked, "first_page", 1 if kind is not Paging.OFFSET else 0, least=0, most=1_000_000)),
        size_parameter=asked.get("size_param", ""),
        size=size,
    )
    if kind in (Paging.CURSOR, Paging.NEXT_URL) and not pagination.next_path:
        raise BadFlow("Where the next cursor or address is in the answer is missing.", hint="Such as meta.next_cursor.")
    if kind is Paging.CURSOR and not pagination.parameter:
        raise BadFlow("The parameter that takes the cursor is missing.", hint="Such as cursor.")
    return pagination


def _kind(kinds: type[K], text: str, what: str) -> K:
    if not text:
        return next(iter(kinds))
    try:
        return kinds(text)
    except ValueError:
        listed = ", ".join(str(kind.value) for kind in kinds)
        raise BadFlow(f"{what} can't be {text!r}.", hint=f"One of: {listed}.") from None


def _address(url: str, what: str) -> str:
    try:
        parts = urlsplit(url)
        is_sound = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_sound = False
    if not is_sound:
        raise BadFlow(f"The {what} isn't a web address.", hint="Write it like https://api.example.com/v1/orders.")
    if "@" in parts.netloc:
        raise BadFlow(f"The {what} must not hold a user or a password.", hint="Choose how to sign in instead.")
    return urlunsplit(parts._replace(fragment=""))


def _number(asked: Mapping[str, str], name: str, usual: float, *, least: float, most: float) -> float:
    text = asked.get(name, "")
    if not text:
        return usual
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not least <= value <= most:
        raise BadFlow(f"{text!r} can't be: {name.replace('_', ' ')} is a number from {least:g} to {most:g}.")
    return value
