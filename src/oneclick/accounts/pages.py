"""What the pages of a team share: who may see one, and what those see who may not."""

import functools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from oneclick.accounts.errors import NoOrganisation, OrganisationNotChosen
from oneclick.accounts.founding import may_found
from oneclick.accounts.membership import is_signed_in, principal_of_request
from oneclick.accounts.roles import NotAllowed, Permission
from oneclick.accounts.sign_in.freshness import fresh_sign_in
from oneclick.accounts.sign_in.pages import to_sign_in, way_back
from oneclick.core.correlation import current_correlation_id
from oneclick.core.errors import OneClickError
from oneclick.web.rest import STATUS_OF_KIND

View = Callable[..., HttpResponseBase]


def console_page(permission: Permission | None = None) -> Callable[[View], View]:
    """A view of the console; it is handed the principal, whose right was asked for. Others learn what to do."""

    def decorate(view: View) -> View:
        @never_cache
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not is_signed_in(request):
                return to_sign_in(request)
            try:
                principal = principal_of_request(request)
                if permission is not None:
                    principal.demand(permission)
                return view(request, principal, *args, **kwargs)
            except OrganisationNotChosen:
                return redirect(f"/organisations?{urlencode({'next': way_back(request)})}")
            except OneClickError as error:
                return refused(request, error)

        return guarded

    return decorate


fresh = fresh_sign_in
"""For what destroys or reveals, inside of `console_page`: whoever signed in longer ago does it once more."""


def refused(request: HttpRequest, error: OneClickError) -> HttpResponse:
    """What happened, why, and what to do now: for strangers, for who lacks a right, for what isn't there."""
    template = "accounts/no_organisation.html" if isinstance(error, NoOrganisation) else "accounts/refused.html"
    context = {
        "error": error,
        "is_right_missing": isinstance(error, NotAllowed),
        "may_found": may_found(),
        "correlation_id": current_correlation_id(),
    }
    return render(request, template, context, status=STATUS_OF_KIND[error.kind])


def done(request: HttpRequest, words: str, to: str, *args: object) -> HttpResponse:
    """Back to a page, which says what was done."""
    messages.success(request, words)
    return redirect(to, *args)


def overtaken(request: HttpRequest, error: OneClickError, to: str, *args: object) -> HttpResponse:
    """Back to a page that shows how things are now: they changed after the form was drawn, or don't allow it."""
    messages.warning(request, f"{error.message} {error.hint}".strip())
    return redirect(to, *args)


def attempt(form: forms.Form, act: Callable[[], Any]) -> Any:
    """What the service returns; None where it refuses, which the form then says."""
    try:
        return act()
    except OneClickError as error:
        form.add_error(None, f"{error.message} {error.hint}".strip())
        return None


def form_status(form: forms.Form) -> int:
    """The status of a page that shows this form."""
    return 422 if form.is_bound and form.errors else 200
