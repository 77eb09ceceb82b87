"""Going from answer to answer, and asking for the warehouse in the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from oneclick.accounts.digests import digest_of, fresh_secret
from oneclick.accounts.roles import Permission, Principal
from oneclick.billing.services import choose_tier
from oneclick.core.clock import Clock, utcnow
from oneclick.core.secrets import SecretText
from oneclick.onboarding.errors import HandoverNotFound, SetupNotFound
from oneclick.onboarding.models import Setup
from oneclick.onboarding.steps import facts_of
from oneclick.provisioning import services as provisioning
from oneclick.provisioning.errors import NameTaken
from oneclick.provisioning.models import ProvisioningJob
from oneclick.warehouses import queries as warehouse_queries
from oneclick.warehouses import services as warehouses
from oneclick.warehouses.contract.descriptions import Check, CheckResult, FactSheet, Plan, SetupStep
from oneclick.warehouses.contract.errors import InvalidConfig, NotFound
from oneclick.warehouses.contract.instance import Account, Spec
from oneclick.warehouses.models import AccountLink

HANDOVER_LASTS = timedelta(days=7)
LONGEST_ANSWER = 2000


@dataclass(frozen=True, kw_only=True)
class Handover:
    """The address for whoever runs the customer's account; it is shown once."""

    setup: Setup
    token: SecretText

    @property
    def path(self) -> str:
        """From the origin on. We log no query."""
        return f"/handover?token={self.token.reveal()}"


def open_setup(principal: Principal) -> Setup | None:
    """What somebody of the organisation began and nobody finished; the newest."""
    principal.demand(Permission.PROVISION_WAREHOUSES)
    found = Setup.objects.filter(organisation_id=principal.organisation_id, job=None)
    return found.select_related("account_link").order_by("-id").first()


def setup_of(principal: Principal, setup_id: UUID) -> Setup:
    """One of the organisation's; raises `SetupNotFound`."""
    principal.demand(Permission.PROVISION_WAREHOUSES)
    found = Setup.objects.filter(organisation_id=principal.organisation_id, id=setup_id)
    setup = found.select_related("account_link", "job").first()
    if setup is None:
        raise SetupNotFound
    return setup


def give_up(principal: Principal, setup_id: UUID) -> None:
    """Forget what was answered; nothing was made for it. A connection to an account stays, to be used again."""
    setup = setup_of(principal, setup_id)
    if setup.job_id is None:
        setup.delete()


def keep(setup: Setup, step: str, typed: Mapping[str, str]) -> Setup:
    """Keep what was typed at a step, right or wrong, so that going back loses nothing. Never a secret."""
    with transaction.atomic():
        fresh = Setup.objects.select_for_update().get(id=setup.id)
        fresh.answers = {**fresh.answers, step: {key: value[:LONGEST_ANSWER] for key, value in typed.items()}}
        fresh.save(update_fields=["answers", "changed_at"])
    setup.answers = fresh.answers
    return setup


def answer_tier(principal: Principal, setup: Setup, key: str) -> Setup:
    """Choose the plan; raises `TierNotAvailable`. It is the first answer: with it a setup begins to exist."""
    tier = choose_tier(principal, key)
    if setup._state.adding:  # noqa: SLF001 - Django's own word for it
        setup.started_by = principal.label
        setup.save()
    return keep(setup, "tier", {"tier": tier.key})


def answer_provider(setup: Setup, provider: str) -> None:
    """Choose where; raises `InvalidConfig` for what doesn't exist. Another one means another account."""
    warehouses.adapter(provider)
    is_other = setup.answer("provider").get("provider") != provider
    keep(setup, "provider", {"provider": provider})
    if is_other and setup.account_link_id is not None:
        use_link(setup, None)


def connect(principal: Principal, setup: Setup, config: dict[str, str], secrets: dict[str, SecretText]) -> AccountLink:
    """Keep how we may act in the account; raises `InvalidConfig`."""
    facts = _demand_provider(setup)
    known = AccountLink.objects.filter(organisation_id=setup.organisation_id, provider=facts.provider).count()
    name = facts.title if not known else f"{facts.title} {known + 1}"
    link = warehouses.connect_account(principal, provider=facts.provider, name=name, config=config, secrets=secrets)
    use_link(setup, link)
    return link


def links(setup: Setup) -> Sequence[AccountLink]:
    """The organisation's connections to this provider."""
    facts = facts_of(setup)
    found = warehouse_queries.account_links(setup.organisation_id, provider=facts.provider) if facts else ()
    return [link for link in found if link.is_connected]


def choose_link(principal: Principal, setup: Setup, link_id: UUID) -> None:
    """Use a connection that is there; raises `NotFound` and `InvalidConfig`."""
    link = warehouse_queries.account_link(principal.organisation_id, link_id)
    facts = facts_of(setup)
    if facts is None or link.provider != facts.provider:
        raise InvalidConfig(f"The connection {link.name!r} leads elsewhere.", hint="Choose another connection.")
    use_link(setup, link)


def use_link(setup: Setup, link: AccountLink | None) -> None:
    """From now on it is about this account."""
    setup.account_link = link
    setup.save(update_fields=["account_link", "changed_at"])


def setup_steps(setup: Setup) -> Sequence[SetupStep]:
    """What whoever runs the account does there once."""
    facts = facts_of(setup)
    if facts is None:
        return ()
    plain = {field.name for field in facts.fields if not field.is_secret}
    config = {name: value for name, value in setup.answer("connect").items() if name in plain and value}
    return warehouses.adapter(facts.provider).setup_steps(Account(config=config))


def check(principal: Principal, setup: Setup) -> Sequence[Check]:
    """Look into the account, and remember that all is as it must be. Raises `ContractError` where nobody can look."""
    link = setup.account_link
    if link is None:
        raise InvalidConfig("No account is connected yet.", hint="Go one step back.")
    found = warehouses.check_account(principal, link.id)
    is_fine = all(each.result is not CheckResult.FAILED for each in found)
    keep(setup, "check", {"link": str(link.id)} if is_fine else {})
    return found


def hand_over(setup: Setup, *, clock: Clock = utcnow) -> Handover:
    """A link to the set-up steps, without a secret, for a week; an earlier one works no more.

    Raises `InvalidConfig` where there is no account to do anything in.
    """
    if not _demand_provider(setup).needs_account:
        raise InvalidConfig("There is nothing to do in an account for this warehouse.", hint="Go on with its name.")
    token = fresh_secret()
    setup.handover_digest, setup.handover_until = digest_of(token), clock() + HANDOVER_LASTS
    setup.save(update_fields=["handover_digest", "handover_until", "changed_at"])
    return Handover(setup=setup, token=token)


def handed_over(token: SecretText, *, clock: Clock = utcnow) -> Setup:
    """What a link opens; raises `HandoverNotFound`."""
    found = Setup.objects.filter(handover_digest=digest_of(token), handover_until__gt=clock())
    setup = found.select_related("organisation").first()
    if setup is None:
        raise HandoverNotFound
    return setup


def answer_shape(setup: Setup, spec: Spec) -> None:
    """Choose name, region, size and cap; raises `InvalidConfig` and `NameTaken`."""
    facts = _demand_provider(setup)
    warehouses.adapter(facts.provider).validate_spec(spec)
    try:
        warehouse_queries.warehouse(setup.organisation_id, spec.name)
    except NotFound:
        keep(setup, "shape", {**_typed(spec), "is_checked": "yes"})
    else:
        raise NameTaken(f"A warehouse named {spec.name!r} exists already.", hint="Choose another name.")


def plan(principal: Principal, setup: Setup) -> Plan:
    """What the last click would make, and cost; changes nothing."""
    facts = _demand_provider(setup)
    return provisioning.preview(
        principal, provider=facts.provider, spec=spec_of(setup), account_link_id=setup.account_link_id
    )


def create(principal: Principal, setup: Setup) -> ProvisioningJob:
    """The one click. Clicked twice, by one person or by two, it leads to one job."""
    with transaction.atomic():
        locked = Setup.objects.select_for_update().get(id=setup.id)
        if locked.job is not None:
            return locked.job
        locked.job = provisioning.request_create(
            principal,
            provider=_demand_provider(locked).provider,
            spec=spec_of(locked),
            account_link_id=locked.account_link_id,
        )
        locked.handover_digest = None
        locked.save(update_fields=["job", "handover_digest", "changed_at"])
        return locked.job


def spec_of(setup: Setup) -> Spec:
    """What was chosen, for an adapter."""
    shape = setup.answer("shape")
    cap = shape.get("monthly_spend_cap", "")
    return Spec(
        name=shape.get("name", ""),
        region=shape.get("region", ""),
        size=shape.get("size", ""),
        monthly_spend_cap=int(cap) if cap.isascii() and cap.isdigit() else None,
    )


def _typed(spec: Spec) -> dict[str, str]:
    cap = "" if spec.monthly_spend_cap is None else str(spec.monthly_spend_cap)
    return {"name": spec.name, "region": spec.region, "size": spec.size, "monthly_spend_cap": cap}


def _demand_provider(setup: Setup) -> FactSheet:
    facts = facts_of(setup)
    if facts is None:
        raise InvalidConfig("Choose first where the warehouse is to live.")
    return facts
