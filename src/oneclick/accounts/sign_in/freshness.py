"""Asking for a fresh sign-in before what destroys or reveals."""

import functools
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from oneclick.accounts.sign_in.session_store import row_of
from oneclick.core.clock import utcnow

FRESH_FOR = timedelta(minutes=15)
V = TypeVar("V", bound=Callable[..., HttpResponse])


def is_fresh(request: HttpRequest) -> bool:
    """Whether this browser's user signed in a moment ago."""
    row = row_of(request.session)
    return row is not None and row.fresh_at is not None and utcnow() - row.fresh_at < FRESH_FOR


def fresh_sign_in(view: V) -> V:
    """A view that is entered after a sign-in of the last quarter of an hour; others sign in again and come back.

    What was posted is not kept over the sign-in: the person comes to the page that the form is on, by its address.
    """

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_fresh(request):
            return view(request, *args, **kwargs)
        back = request.get_full_path() if request.method == "GET" else request.headers.get("HX-Current-URL", "")
        return redirect("/sign-in/again?" + urlencode({"next": back or request.path}))

    return cast("V", guarded)
