"""What other parts ask of accounts: organisations, who joins them, who acts, tokens.

Changes of members are in `members`, links to join in `invitations`, tokens in `tokens`.
"""

import os
import pwd
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import DomainNameValidator
from django.db import IntegrityError, transaction

from oneclick.accounts import queries
from oneclick.accounts.default import chosen_organisation
from oneclick.accounts.errors import BadAccountInput, DomainTaken, OrganisationExists, OrganisationNotFound
from oneclick.accounts.members import admit
from oneclick.accounts.models import InstallId, Membership, Organisation
from oneclick.accounts.roles import Permission, Principal, PrincipalKind, Role
from oneclick.accounts.tokens import issue_token, principal_for_token, revoke_token
from oneclick.accounts.users.models import User
from oneclick.audit.services import record

__all__ = [
    "add_user",
    "admit",
    "create_organisation",
    "ensure_default_organisation",
    "installation_id",
    "issue_token",
    "operator_label",
    "operator_name",
    "operator_principal",
    "principal_for_token",
    "rename_organisation",
    "revoke_token",
    "set_domain",
    "user_principal",
]

DEFAULT_ORGANISATION = "My organisation"


def create_organisation(name: str, *, actor: str) -> Organisation:
    """Make an organisation; raises `OrganisationExists` and `BadAccountInput`."""
    name = _checked_name(name)
    try:
        with transaction.atomic():
            made = Organisation.objects.create(name=name)
            record(
                organisation_id=made.id,
                actor=actor,
                action="organisation.created",
                target_kind="organisation",
                target_id=made.id,
            )
    except IntegrityError as exc:
        raise OrganisationExists(f"There is an organisation {name!r} already.") from exc
    return made


def rename_organisation(principal: Principal, name: str) -> Organisation:
    """Give the organisation another name; raises `OrganisationExists` and `BadAccountInput`."""
    principal.demand(Permission.MANAGE_ORGANISATION)
    name = _checked_name(name)
    try:
        with transaction.atomic():
            found = Organisation.objects.select_for_update(no_key=True).get(id=principal.organisation_id)
            if found.name != name:
                found.name = name
                found.save(update_fields=["name"])
                record(
                    organisation_id=found.id,
                    actor=principal.label,
                    action="organisation.renamed",
                    target_kind="organisation",
                    target_id=found.id,
                )
    except IntegrityError as exc:
        raise OrganisationExists(f"There is an organisation {name!r} already.") from exc
    return found


def set_domain(organisation_id: UUID, domain: str, *, actor: str) -> Organisation:
    """Set the e-mail domain by which sign-in finds the organisation; "" takes it away. The caller is an operator.

    Raises `OrganisationNotFound`, `BadAccountInput`, and `DomainTaken` where it is another's.
    """
    domain = _checked_domain(domain)
    try:
        with transaction.atomic():
            found = Organisation.objects.select_for_update(no_key=True).filter(id=organisation_id).first()
            if found is None:
                raise OrganisationNotFound
            if (found.domain or "").lower() != domain:
                found.domain = domain or None
                found.save(update_fields=["domain"])
                record(
                    organisation_id=found.id,
                    actor=actor,
                    action="organisation.domain_changed",
                    target_kind="organisation",
                    target_id=found.id,
                    detail={"domain": domain},
                )
    except IntegrityError as exc:
        raise DomainTaken(f"The domain {domain} is another organisation's.") from exc
    return found


def ensure_default_organisation(*, actor: str) -> Organisation:
    """The one that was chosen, or the only one, made where there is none; raises `OrganisationNotNamed` for several."""
    if chosen := chosen_organisation():
        return chosen
    if not queries.organisations():
        try:
            return create_organisation(DEFAULT_ORGANISATION, actor=actor)
        except OrganisationExists:
            pass  # another process was first
    return queries.the_only_organisation()


@transaction.atomic
def add_user(
    organisation: Organisation, *, issuer: str, subject: str, role: Role, actor: str, email: str = "", name: str = ""
) -> User:
    """Make the user known by (issuer, subject) a member, or change the role of one who is."""
    user, _ = User.objects.get_or_create(issuer=issuer, subject=subject, defaults={"email": email, "name": name})
    admit(user, organisation=organisation, role=role, actor=actor)
    return user


def operator_name() -> str:
    """The system user who runs this process; the environment isn't asked, because anybody can set it."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def operator_label() -> str:
    """How the audit log names whoever runs the command line, before there is an organisation."""
    return f"{PrincipalKind.OPERATOR}:{operator_name()}"


def operator_principal(organisation: Organisation) -> Principal:
    """Who acts when somebody runs the command line on the machine itself."""
    return Principal(
        kind=PrincipalKind.OPERATOR,
        id=operator_name(),
        organisation_id=organisation.id,
        role=Role.ADMIN,
        is_operator=True,
    )


def user_principal(membership: Membership) -> Principal:
    """Who acts when a member does."""
    return Principal(
        kind=PrincipalKind.USER,
        id=str(membership.user_id),
        organisation_id=membership.organisation_id,
        role=Role(membership.role),
    )


def installation_id() -> str:
    """Which installation this is: made once, for ever the same."""
    found, _ = InstallId.objects.get_or_create(is_only=True)
    return str(found.id)


def _checked_domain(domain: str) -> str:
    domain = domain.strip().removeprefix("@").lower()
    if domain:
        try:
            DomainNameValidator(accept_idna=False)(domain)
        except ValidationError:
            raise BadAccountInput(
                f"{domain[:100]!r} isn't an e-mail domain.",
                hint="It is what follows the @ of an address, such as acme.example.",
            ) from None
    return domain


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    limit = Organisation._meta.get_field("name").max_length or 0  # noqa: SLF001 - Django's public name for it
    if not 1 <= len(name) <= limit or not name.isprintable():
        raise BadAccountInput(f"An organisation's name has 1 to {limit} characters.")
    return name
