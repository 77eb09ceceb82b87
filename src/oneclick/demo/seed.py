"""Sample organisations to look at: users with every role, and a link to an account that doesn't exist.

All names and addresses are reserved for examples (RFC 2606); nobody can sign in as these users, because the issuer
that vouches for them doesn't exist.
"""

import json
from importlib.resources import files
from typing import Any

from django.db import transaction

from oneclick.accounts.models import Organisation
from oneclick.accounts.roles import Role
from oneclick.accounts.services import add_user, create_organisation, set_domain
from oneclick.audit.services import record
from oneclick.warehouses.models import AccountLink

ISSUER = "https://identity.example"


@transaction.atomic
def sow(*, actor: str) -> dict[str, Any]:
    """Make what is in `sample_organisations.json`, but for what is there already; what there is then."""
    sample = json.loads(files(__package__).joinpath("sample_organisations.json").read_text(encoding="utf-8"))
    return {"organisations": [_sow_organisation(each, actor) for each in sample]}


def _sow_organisation(sample: dict[str, Any], actor: str) -> dict[str, Any]:
    organisation = Organisation.objects.filter(domain__iexact=sample["domain"]).first()
    if organisation is None:
        made = create_organisation(sample["name"], actor=actor)
        organisation = set_domain(made.id, sample["domain"], actor=actor)
    for user in sample["users"]:
        _sow_user(organisation, user, actor)
    return {
        "id": organisation.id,
        "name": organisation.name,
        "users": [f"{user['email']} ({user['role']})" for user in sample["users"]],
        "account_links": [_sow_account_link(organisation, link, actor) for link in sample["account_links"]],
    }


def _sow_user(organisation: Organisation, sample: dict[str, str], actor: str) -> None:
    if organisation.memberships.filter(user__issuer=ISSUER, user__subject=sample["subject"]).exists():
        return
    add_user(
        organisation,
        issuer=ISSUER,
        subject=sample["subject"],
        email=sample["email"],
        name=sample["name"],
        role=Role(sample["role"]),
        actor=actor,
    )


def _sow_account_link(organisation: Organisation, sample: dict[str, Any], actor: str) -> dict[str, Any]:
    link, is_new = AccountLink.objects.get_or_create(
        organisation=organisation,
        provider=sample["provider"],
        name=sample["name"],
        defaults={"config": sample["config"], "is_connected": False},
    )
    if is_new:
        record(
            organisation_id=organisation.id,
            actor=actor,
            action="account_link.created",
            target_kind="account_link",
            target_id=link.id,
        )
    return {"id": link.id, "provider": link.provider, "name": link.name, "is_connected": link.is_connected}
