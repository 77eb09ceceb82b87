"""Lists on pages, by keyset: as many as fit, and where the next ones are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.http import HttpRequest

T = TypeVar("T")
PER_PAGE = 50
MORE = PER_PAGE + 1
"""What to ask for, to see whether another page follows."""


@dataclass(frozen=True, kw_only=True)
class ListPage(Generic[T]):
    """What a page of a list shows; addresses are empty where there is nothing that way."""

    items: Sequence[T]
    first: str
    next: str


def before_of(request: HttpRequest) -> UUID | None:
    """Where the page starts; nonsense starts at the top."""
    try:
        return UUID(request.GET.get("before", ""))
    except ValueError:
        return None


def list_page(request: HttpRequest, found: Sequence[T], *, key: Callable[[T], Any]) -> ListPage[T]:
    """One page of what was found with the limit `MORE`; the filters stay in the addresses."""
    items = found[:PER_PAGE]
    asked = request.GET.copy()
    began_later = asked.pop("before", None) is not None
    first = f"{request.path}?{asked.urlencode()}" if began_later else ""
    following = ""
    if len(found) > PER_PAGE:
        asked["before"] = str(key(items[-1]))
        following = f"{request.path}?{asked.urlencode()}"
    return ListPage(items=items, first=first, next=following)
