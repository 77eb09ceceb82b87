"""Who is told: asked when something happens, and again before the mail goes out."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db import transaction

from oneclick.accounts.models import Membership
from oneclick.accounts.roles import GRANTS, Role
from oneclick.accounts.standing import role_of_user
from oneclick.accounts.users.models import User
from oneclick.notifications.errors import UnknownKind
from oneclick.notifications.kinds import KINDS, Kind, all_kinds
from oneclick.notifications.models import NotificationSetting


def admins_of(organisation_id: UUID) -> Sequence[UUID]:
    """The admins of an organisation, as they are now."""
    found = Membership.objects.filter(organisation_id=organisation_id, role=Role.ADMIN, user__is_active=True)
    return list(found.order_by("id").values_list("user_id", flat=True))


def who_wants(kind: Kind, organisation_id: UUID, user_ids: Iterable[UUID]) -> Sequence[User]:
    """Those of them who belong there, may be told of it, have an address and didn't say no."""
    wanted = list(user_ids)
    no = NotificationSetting.objects.filter(user_id__in=wanted, kind=kind.key, by_email=False)
    unwilling = set(no.values_list("user_id", flat=True))
    users = {user.id: user for user in User.objects.filter(id__in=wanted).exclude(email="")}
    return [
        users[user_id]
        for user_id in dict.fromkeys(wanted)
        if user_id in users and user_id not in unwilling and _may_be_told(kind, organisation_id, user_id)
    ]


def kinds_for(user: User) -> Sequence[Kind]:
    """What somebody can be told of, by the roles that they have anywhere."""
    roles = Membership.objects.filter(user=user).values_list("role", flat=True)
    granted = {permission for role in roles for permission in GRANTS[Role(role)]}
    return [kind for kind in all_kinds() if kind.needs in granted]


def choices_of(user: User) -> Mapping[Kind, bool]:
    """Kind → whether they want it, for all that they can be told of."""
    chosen = dict(NotificationSetting.objects.filter(user=user).values_list("kind", "by_email"))
    return {kind: chosen.get(kind.key, True) for kind in kinds_for(user)}


@transaction.atomic
def choose(user: User, wanted: Mapping[str, bool]) -> Mapping[Kind, bool]:
    """Be told of these kinds, or not; others stay as they are. Raises `UnknownKind`."""
    for key, by_email in wanted.items():
        if KINDS.get(key) is None:
            raise UnknownKind(f"There is no kind {key!r} to be told of.")
        NotificationSetting.objects.update_or_create(user=user, kind=key, defaults={"by_email": by_email})
    return choices_of(user)


def _may_be_told(kind: Kind, organisation_id: UUID, user_id: UUID) -> bool:
    role = role_of_user(user_id, organisation_id)
    return role is not None and kind.needs in GRANTS[role]
