"""Making an organisation of one's own, where strangers may: with ONECLICK_SIGNUP=open."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction

from oneclick.accounts.errors import SignUpClosed
from oneclick.accounts.members import admit
from oneclick.accounts.models import Organisation
from oneclick.accounts.roles import Role
from oneclick.accounts.services import create_organisation
from oneclick.accounts.sign_in.arrivals import OPEN
from oneclick.accounts.sign_in.limits import count_try
from oneclick.accounts.users.models import User

A_DAY = timedelta(days=1)
TRIES_A_DAY = 10


def may_found() -> bool:
    """Whether whoever is signed in may make an organisation."""
    return bool(settings.ONECLICK_SIGNUP == OPEN)


def found(user: User, name: str) -> Organisation:
    """Make an organisation whose admin is this user.

    Raises `SignUpClosed`, `OrganisationExists`, `BadAccountInput`, and `TooManyAttempts` after ten tries a day: else
    one person could fill the installation with them, or try out which names there are.
    """
    if not may_found():
        raise SignUpClosed
    count_try("organisation", str(user.id), most=TRIES_A_DAY, within=A_DAY)
    actor = f"user:{user.id}"
    with transaction.atomic():
        made = create_organisation(name, actor=actor)
        admit(user, organisation=made, role=Role.ADMIN, actor=actor)
    return made
