"""From one page to the next: the address of each, and when there is none any more."""

from typing import Any, NoReturn
from urllib.parse import urljoin, urlsplit

from oneclick.pipelines.contract.errors import SourceDamaged
from oneclick.pipelines.templates.api_ingestion import paths
from oneclick.pipelines.templates.api_ingestion.api import Api, Auth, Paging, with_parameters, without_parameter
from oneclick.pipelines.templates.api_ingestion.envelopes import Envelope
from oneclick.pipelines.templates.api_ingestion.fetching import Answer

COUNTED = frozenset({Paging.PAGE, Paging.OFFSET})
"""Pages whose addresses are known beforehand, so that several can be under way at once."""


def first_url(api: Api, since: str) -> str:
    """The address of the first page; `since` is what was read last, if only what is new is wanted."""
    pagination = api.pagination
    given = {}
    if pagination.size and pagination.size_parameter:
        given[pagination.size_parameter] = str(pagination.size)
    if since and api.since_parameter:
        given[api.since_parameter] = since
    if pagination.kind in COUNTED:
        given[pagination.parameter] = str(pagination.first)
    return with_parameters(api.url, given)


def counted_url(api: Api, first: str, number: int, step: int) -> str:
    """The address of page `number` (from 0); `step` is how many records the first page had."""
    pagination = api.pagination
    at = pagination.first + number * (step if pagination.kind is Paging.OFFSET else 1)
    return with_parameters(first, {pagination.parameter: str(at)})


def is_last(api: Api, envelope: Envelope) -> bool:
    """Whether a counted page is the last: it has no records, or says so. A short one may just be filtered."""
    return not envelope.records or _says_last(api, envelope)


def _says_last(api: Api, envelope: Envelope) -> bool:
    return bool(api.pagination.more_path) and _value(api, api.pagination.more_path, envelope) is False


def next_url(api: Api, answer: Answer, envelope: Envelope) -> str:
    """The address that this page gives for the next one; empty: none follows. Raises `SourceDamaged`."""
    kind = api.pagination.kind
    if kind is Paging.LINK:
        return _checked(api, answer, answer.next_link) if answer.next_link else ""
    if kind not in (Paging.NEXT_URL, Paging.CURSOR):
        return ""
    if kind is Paging.CURSOR and _says_last(api, envelope):
        return ""
    value = _value(api, api.pagination.next_path, envelope)
    if value is None or value is False or value == "":
        return ""
    if isinstance(value, dict | list):
        raise SourceDamaged(
            f"{api.host} gave no single value at {api.pagination.next_path!r}, where the next page was expected.",
            hint="Look at the settings for pages again.",
        )
    if kind is Paging.CURSOR:
        return with_parameters(answer.url, {api.pagination.parameter: str(value)})
    return _checked(api, answer, str(value))


def _value(api: Api, path: str, envelope: Envelope) -> Any:
    """A value beside the records; where the path leads into them, of the last one (such as data.-1.id)."""
    names, records = paths.parts(path), api.names or ()
    inside = (*records, "-1")
    if names[: len(inside)] == inside:
        return paths.found(envelope.last, names[len(inside) :])
    return paths.found(envelope.around, names)


def _checked(api: Api, answer: Answer, link: str) -> str:
    """The link as an address. What we sign in with goes to the API's own server alone, and isn't kept in addresses."""
    url = urljoin(answer.url, link)
    if api.auth is Auth.QUERY:
        url = without_parameter(url, api.key_name)
    before, after = urlsplit(api.url), urlsplit(url)
    if after.scheme == "http" and before.scheme == "https" and after.netloc == before.netloc:
        # Behind a proxy that ends TLS many APIs write their own addresses so.
        return after._replace(scheme="https").geturl()
    if (after.scheme, after.netloc) != (before.scheme, before.netloc) and api.auth is not Auth.NONE:
        _refuse_elsewhere(api, after.netloc)
    return url


def _refuse_elsewhere(api: Api, there: str) -> NoReturn:
    raise SourceDamaged(
        f"{api.host} says that the next page is at another server, {there}; what we sign in with doesn't go there.",
        hint="Give the URL of that server, or choose another way from page to page.",
    )
