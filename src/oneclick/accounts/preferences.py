"""What people choose for themselves, whatever their organisation."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest

from oneclick.accounts.errors import BadAccountInput, NotAPerson
from oneclick.accounts.membership import is_signed_in, user_of
from oneclick.accounts.models import ApiToken
from oneclick.accounts.roles import Principal, PrincipalKind
from oneclick.accounts.users.models import User
from oneclick.web.zones import names


def person_behind(label: str) -> UUID | None:
    """The user that an audit label stands for: the user, or the owner of a token. None for programs and operators."""
    kind, _, identity = label.partition(":")
    if kind == PrincipalKind.USER:
        return UUID(identity)
    if kind == PrincipalKind.TOKEN:
        return ApiToken.objects.filter(id=identity).values_list("user_id", flat=True).first()
    return None


def person_of(principal: Principal) -> User:
    """The person who asks; raises `NotAPerson` for programs, and for a token that was narrowed by scopes."""
    user_id = person_behind(principal.label) if principal.scopes is None else None
    if user_id is None:
        raise NotAPerson
    return User.objects.get(id=user_id)


def choose_time_zone(user: User, name: str) -> User:
    """Tell times in this zone from now on; an empty name leaves it to each browser. Raises `BadAccountInput`."""
    if name and name not in names():
        raise BadAccountInput(f"There is no time zone {name!r}.", hint="Name one such as Europe/Berlin.")
    user.time_zone = name
    user.save(update_fields=["time_zone"])
    return user


def chosen_zone(request: HttpRequest) -> str:
    """What whoever asks has chosen. Without a session's cookie nobody is looked for."""
    has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
    return user_of(request).time_zone if has_session and is_signed_in(request) else ""
