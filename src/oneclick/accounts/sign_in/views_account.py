"""One's own devices."""

from typing import cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from oneclick.accounts.sign_in import sessions
from oneclick.accounts.sign_in.pages import signed_in
from oneclick.accounts.sign_in.session_store import row_of
from oneclick.accounts.users.models import User


@signed_in
@require_safe
def devices(request: HttpRequest) -> HttpResponse:
    """Where one is signed in."""
    here = row_of(request.session)
    return render(
        request,
        "sign_in/devices.html",
        {"devices": sessions.devices(_user_id(request)), "here": here.id if here else None},
    )


@signed_in
@require_POST
def end_device(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Sign one of one's devices out."""
    sessions.end(_user_id(request), session_id)
    return redirect("account-devices")


@signed_in
@require_POST
def end_all_devices(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere, here too."""
    sessions.end_all(_user_id(request))
    request.session.flush()
    return redirect("sign-in")


def _user_id(request: HttpRequest) -> UUID:
    return cast("User", request.user).id
