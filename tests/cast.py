"""The people of every test: an admin, a member, a reader, and an admin of another organisation."""

from dataclasses import dataclass

from oneclick.accounts.models import Membership, Organisation
from oneclick.accounts.roles import Principal, Role
from oneclick.accounts.services import add_user, create_organisation, user_principal
from oneclick.accounts.users.models import User


@dataclass(frozen=True, kw_only=True)
class Cast:
    """`organisation` is where admin, member and reader belong; `outsider` is an admin of `elsewhere`."""

    organisation: Organisation
    admin: Principal
    member: Principal
    reader: Principal
    elsewhere: Organisation
    outsider: Principal


def make_cast() -> Cast:
    """Write the cast into the database."""
    organisation = create_organisation("Acme", actor="system:test")
    elsewhere = create_organisation("Elsewhere", actor="system:test")
    return Cast(
        organisation=organisation,
        admin=_member(organisation, "admin", Role.ADMIN),
        member=_member(organisation, "member", Role.MEMBER),
        reader=_member(organisation, "reader", Role.READER),
        elsewhere=elsewhere,
        outsider=_member(elsewhere, "outsider", Role.ADMIN),
    )


def user(principal: Principal) -> User:
    """The user behind one of the cast."""
    return User.objects.get(id=principal.id)


def _member(organisation: Organisation, name: str, role: Role) -> Principal:
    made = add_user(
        organisation,
        issuer="https://identity.example",
        subject=name,
        email=f"{name}@example.com",
        name=name,
        role=role,
        actor="system:test",
    )
    return user_principal(Membership.objects.get(organisation=organisation, user=made))
