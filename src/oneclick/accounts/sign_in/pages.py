"""What the pages of sign-in share: who may see one, errors in words, where to go next, the cookie of an attempt."""

import functools
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

from oneclick.accounts.membership import principal_of_request
from oneclick.accounts.roles import Permission
from oneclick.accounts.sign_in.attempts import LASTS, Purpose, begin, new_browser_secret
from oneclick.accounts.sign_in.discovery import directory
from oneclick.accounts.sign_in.models import IdentityProvider
from oneclick.accounts.sign_in.presets import LOOPBACK
from oneclick.core.correlation import current_correlation_id
from oneclick.core.errors import OneClickError
from oneclick.web.rest import STATUS_OF_KIND

HOME = "/"
NEXT_MAX = 500
View = Callable[..., HttpResponse]


def with_permission(permission: Permission) -> Callable[[View], View]:
    """A view for principals who may do that; it gets the principal. Others are sent to sign in, or told why not."""

    def decorate(view: View) -> View:
        @never_cache
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return to_sign_in(request)
            try:
                principal = principal_of_request(request)
                principal.demand(permission)
                return view(request, principal, *args, **kwargs)
            except OneClickError as error:
                return refused(request, error)

        return guarded

    return decorate


def signed_in(view: View) -> View:
    """A view for anybody who is signed in."""

    @never_cache
    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, **kwargs) if request.user.is_authenticated else to_sign_in(request)

    return guarded


def to_sign_in(request: HttpRequest) -> HttpResponseRedirect:
    """To the sign-in page, and back afterwards."""
    return redirect(f"{settings.LOGIN_URL}?{urlencode({'next': way_back(request)})}")


def way_back(request: HttpRequest) -> str:
    """The page that was asked for; for a form that was sent, the page that it stood on, as the browser says."""
    if request.method == "GET":
        return request.get_full_path()
    page = urlsplit(request.headers.get("Referer", ""))
    if page.netloc != request.get_host():
        return HOME
    return f"{page.path}?{page.query}" if page.query else page.path or HOME


def refused(request: HttpRequest, error: OneClickError, *, status: int = 0) -> HttpResponse:
    """A page that says what happened, why, and what to do now."""
    context = {"error": error, "correlation_id": current_correlation_id()}
    status = status or STATUS_OF_KIND.get(error.kind, HTTPStatus.BAD_REQUEST)
    if status == HTTPStatus.UNAUTHORIZED:
        status = HTTPStatus.FORBIDDEN
    return render(request, "sign_in/refused.html", context, status=status)


def safe_next(wanted: str) -> str:
    """Where to go after sign-in: a path of ours, or the overview. Who writes the link mustn't choose another site."""
    home = settings.LOGIN_REDIRECT_URL
    is_path = wanted.startswith("/") and wanted != HOME and len(wanted) <= NEXT_MAX and wanted.isprintable()
    if not is_path or not url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return home
    return home if wanted.startswith("/sign-in") else wanted


def at_origin(request: HttpRequest) -> HttpResponseRedirect | None:
    """To the same page under the name that providers send people back to, where this is another one of this machine.

    A browser that begins at http://localhost:8000 and comes back at http://127.0.0.1:8000 has lost its cookies.
    """
    wanted, here = urlsplit(settings.ONECLICK_ORIGIN), urlsplit(f"//{request.get_host()}")
    are_both_here = wanted.hostname in LOOPBACK and here.hostname in LOOPBACK
    if not are_both_here or (wanted.hostname, wanted.port) == (here.hostname, here.port):
        return None
    return redirect(settings.ONECLICK_ORIGIN + request.get_full_path())


def leave_for(
    request: HttpRequest, provider: IdentityProvider, *, purpose: Purpose, next_path: str = HOME
) -> HttpResponse:
    """A page that takes the browser to the provider; raises `ProviderFailed` where that doesn't answer.

    A page and no redirect, because a form may lead to our own addresses alone (CSP `form-action`).
    """
    browser = request.COOKIES.get(settings.ONECLICK_ATTEMPT_COOKIE) or new_browser_secret()
    address = begin(
        provider, directory.endpoints(provider.issuer), browser=browser, purpose=purpose, next_path=next_path,
        user_id=request.user.pk if purpose is not Purpose.SIGN_IN else None,
    )  # fmt: skip
    response = render(request, "sign_in/leaving.html", {"address": address, "name": provider.get_kind_display()})
    response.set_cookie(
        settings.ONECLICK_ATTEMPT_COOKIE, browser, max_age=LASTS, httponly=True, samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip
    return response
