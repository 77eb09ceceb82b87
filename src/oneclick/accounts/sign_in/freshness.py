"""Asking for a fresh sign-in before what destroys or reveals."""

import functools
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar, cast
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django_htmx.http import HttpResponseClientRedirect

from oneclick.accounts.sign_in.session_store import row_of
from oneclick.core.clock import utcnow

FRESH_FOR = timedelta(minutes=15)
V = TypeVar("V", bound=Callable[..., HttpResponseBase])


def is_fresh(request: HttpRequest) -> bool:
    """Whether this browser's user signed in a moment ago."""
    row = row_of(request.session)
    return row is not None and row.fresh_at is not None and utcnow() - row.fresh_at < FRESH_FOR


def fresh_sign_in(view: V) -> V:
    """A view that is entered after a sign-in of the last quarter of an hour; others sign in again and come back.

    What was posted is not kept over the sign-in: the person comes back to the page that the form is on.
    """

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if is_fresh(request):
            return view(request, *args, **kwargs)
        again = "/sign-in/again?" + urlencode({"next": _page_of(request)})
        # A part of a page is swapped by htmx, which would put the sign-in page into it.
        return HttpResponseClientRedirect(again) if "HX-Request" in request.headers else redirect(again)

    guarded.asks_for_fresh_sign_in = True  # type: ignore[attr-defined]  # a test looks for it
    return cast("V", guarded)


def _page_of(request: HttpRequest) -> str:
    """The page that somebody is on, by its path with query."""
    if request.method in ("GET", "HEAD") and "HX-Request" not in request.headers:
        return request.get_full_path()
    on = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer", ""))
    if on.netloc != request.get_host():
        return request.path
    return f"{on.path}?{on.query}" if on.query else on.path
