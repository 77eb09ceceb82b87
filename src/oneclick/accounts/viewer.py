"""Tells the frame of every page who looks at it."""

from typing import cast

from django.http import HttpRequest
from django.urls import reverse

from oneclick.accounts.errors import AccountsError
from oneclick.accounts.membership import is_signed_in, membership_of_request, memberships_of_request
from oneclick.accounts.operators import RIGHT, is_operator
from oneclick.accounts.roles import GRANTS, Role
from oneclick.accounts.users.models import User
from oneclick.web.viewer import Choice, Viewer


def viewer(request: HttpRequest) -> Viewer:
    """The person who is signed in, and the organisation that they work in."""
    if not is_signed_in(request):
        return Viewer(sign_in_url=reverse("sign-in"))
    user = cast("User", request.user)
    try:
        here = membership_of_request(request)
    except AccountsError:
        here = None
    granted = {*(GRANTS[Role(here.role)] if here else ()), *([RIGHT] if is_operator(user) else ())}
    return Viewer(
        name=str(user),
        email=user.email,
        organisation=here.organisation.name if here else "",
        organisations=tuple(
            Choice(
                value=str(each.organisation_id),
                label=each.organisation.name,
                is_current=here is not None and each.organisation_id == here.organisation_id,
            )
            for each in memberships_of_request(request)
        ),
        switch_url=reverse("organisations"),
        account_url=reverse("account-devices"),
        sign_in_url=reverse("sign-in"),
        sign_out_url=reverse("sign-out"),
        may=lambda permission: permission in granted,
    )
