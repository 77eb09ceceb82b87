"""Sets up the identity provider that ONECLICK_OIDC_… describe, when the web process starts."""

from oneclick.project.sign_in_settings import FirstProvider


def apply(given: FirstProvider) -> None:
    """Needs Django. Several processes at once do no harm; raises what is wrong with the description."""
    from django.db import connection, transaction

    from oneclick.accounts.roles import Role
    from oneclick.accounts.services import operator_label
    from oneclick.accounts.sign_in.first_provider import set_up
    from oneclick.accounts.sign_in.models import ProviderKind
    from oneclick.accounts.sign_in.providers import ProviderInput

    described = ProviderInput(
        kind=ProviderKind(given.kind), where=given.where, client_id=given.client_id, client_secret=given.client_secret,
        group_claim=given.group_claim, default_role=Role(given.default_role) if given.default_role else None,
        roles_by_group={group: Role(role) for group, role in given.roles_by_group.items()},
    )  # fmt: skip
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('oneclick first provider'))")
        set_up(described, organisation=given.organisation, domain=given.domain, actor=operator_label())
