"""Finding out from the first page where the records are, and how to come to the next one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from oneclick.pipelines.contract.errors import SourceDamaged
from oneclick.pipelines.templates.api_ingestion import paths
from oneclick.pipelines.templates.api_ingestion.api import Api, Pagination, Paging
from oneclick.pipelines.templates.api_ingestion.envelopes import document
from oneclick.pipelines.templates.api_ingestion.fetching import Answer

DEEPEST = 4
ENOUGH = 20
"""Records from which on a field that is different in each, such as `order_id`, isn't so by chance."""
RECORDS = ("data", "results", "items", "records", "rows", "value", "values", "entries", "list", "hits", "objects")
"""What lists of records are called, the likeliest first."""
NEXT = frozenset(
    {"next", "nexturl", "nextpageurl", "nextlink", "nextpage", "nextrecordsurl", "nexthref", "href", "url"}
)
CURSOR_PARAMETERS: Mapping[str, str] = {
    "nextcursor": "cursor", "cursor": "cursor", "endcursor": "after", "after": "after",
    "nextpagetoken": "page_token", "nexttoken": "next_token", "continuationtoken": "continuation_token",
    "continuation": "continuation", "offset": "offset", "nextoffset": "offset", "nextpage": "page",
}  # fmt: skip
"""A cursor's name in the answer, without case and underscores, and the parameter that it usually goes into."""
MORE = frozenset({"hasmore", "hasnext", "hasnextpage", "more"})
PAGE = ("page", "page_number", "pageNumber", "current_page", "currentPage", "pagenum")


def completed(api: Api, answer: Answer) -> Api:
    """The API with what was to be found out; raises `SourceDamaged` where there are no records."""
    if api.records is not None and api.pagination.kind is not Paging.AUTO:
        return api
    page = document(answer.body, host=api.host) if answer.body.strip() else []
    records = paths.dotted(_records(page, api.host)) if api.records is None else api.records
    names = paths.parts(records)
    pagination = api.pagination
    if pagination.kind is Paging.AUTO:
        pagination = _pagination(page, names, answer, api)
    return api.with_found(pagination=pagination, records=records)


def key_of(records: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The field that seems to identify a record: it has a key's name, and a value of its own in each."""
    names = dict.fromkeys(name for record in records for name in record)
    likely = [name for name in names if name.casefold() in ("id", "_id", "uuid", "guid", "key", "uid", "sys_id")]
    if len(records) >= ENOUGH:
        likely += [name for name in names if name.casefold().endswith(("_id", "uuid")) and name not in likely][:1]
    for name in likely:
        values = [record.get(name) for record in records]
        if all(isinstance(value, str | int) and value != "" for value in values) and len({*map(str, values)}) == len(
            values
        ):
            return (name,)
    return ()


def _records(page: Any, host: str) -> tuple[str, ...]:
    """The names that lead to the list of records: the best name, then the list with objects, then the longest."""
    lists = list(_lists(page, ()))
    if not lists:
        keys = ", ".join(str(name)[:40] for name in list(page)[:10]) if isinstance(page, dict) else ""
        raise SourceDamaged(
            f"{host} gave one object and no list of records; it has: {keys}." if keys else f"{host} gave no records.",
            hint="Check the URL, or say where the records are.",
        )
    names, _ = min(lists, key=lambda each: _rank(*each))
    return names


def _rank(names: tuple[str, ...], found: Sequence[Any]) -> tuple[int, int, int, int]:
    has_objects = bool(found) and all(isinstance(each, dict) for each in found)
    last = names[-1].casefold() if names else ""
    known = RECORDS.index(last) if last in RECORDS else len(RECORDS)
    return (0 if not names else 1, 0 if has_objects else 1 if not found else 2, known, -len(found))


def _lists(value: Any, names: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Sequence[Any]]]:
    if isinstance(value, list):
        yield names, value
    elif isinstance(value, dict) and len(names) < DEEPEST:
        for name, inside in value.items():
            yield from _lists(inside, (*names, name))


def _pagination(page: Any, records: Sequence[str], answer: Answer, api: Api) -> Pagination:
    asked = replace(api.pagination, kind=Paging.NONE)
    if answer.next_link:
        return replace(asked, kind=Paging.LINK)
    around = list(_around(page, (), tuple(records)))
    more_path = next((paths.dotted(names) for names, value in around if _plain(names) in MORE), "")
    asked = replace(asked, more_path=asked.more_path or more_path)
    for names, value in around:
        if _is_next(names) and isinstance(value, str) and value.startswith(("http://", "https://", "/", "?")):
            return replace(asked, kind=Paging.NEXT_URL, next_path=paths.dotted(names))
    for names, value in around:
        parameter = CURSOR_PARAMETERS.get(_plain(names), "")
        if parameter and value and (isinstance(value, str) or _is_next_number(names, value)):
            return replace(
                asked, kind=Paging.CURSOR, next_path=paths.dotted(names), parameter=asked.parameter or parameter
            )
    return _counted(asked, around, answer)


def _counted(asked: Pagination, around: Sequence[tuple[tuple[str, ...], Any]], answer: Answer) -> Pagination:
    """Pages by number or offset, where the URL or the answer counts so."""
    in_url = dict(parse_qsl(urlsplit(answer.url).query))
    in_answer = {names[-1]: value for names, value in around if isinstance(value, int) and not isinstance(value, bool)}
    for counted, kind in ((in_url, Paging.PAGE), (in_answer, Paging.PAGE)):
        for name in PAGE:
            if name in counted and str(counted[name]).isdecimal():
                parameter = "page" if counted is in_answer else name
                return replace(asked, kind=kind, parameter=asked.parameter or parameter, first=int(str(counted[name])))
    for name in ("offset", "skip", "start"):
        if name in in_url or name in in_answer:
            return replace(asked, kind=Paging.OFFSET, parameter=asked.parameter or name, first=0)
    return asked


def _around(value: Any, names: tuple[str, ...], records: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every single value of the page that isn't in the records."""
    if names == records and names:
        return
    if isinstance(value, dict) and len(names) < DEEPEST:
        for name, inside in value.items():
            yield from _around(inside, (*names, name), records)
    elif not isinstance(value, dict | list):
        yield names, value


def _is_next(names: Sequence[str]) -> bool:
    """`next`, `links.next`, `paging.next.href`, `@odata.nextLink` …, but no other `url`."""
    last = _plain(names)
    if last in ("href", "url"):
        return any(_plain([name]) == "next" for name in names[:-1])
    return last in NEXT


def _is_next_number(names: Sequence[str], value: Any) -> bool:
    """`next_page: 2`, but not `offset: 2`, which may well be that of this page."""
    return isinstance(value, int) and not isinstance(value, bool) and _plain(names).startswith("next")


def _plain(names: Sequence[str]) -> str:
    last = names[-1].rpartition(".")[2] if names else ""
    return "".join(letter for letter in last.casefold() if letter.isalnum())
