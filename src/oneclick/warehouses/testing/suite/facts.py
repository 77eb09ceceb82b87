"""What an adapter says of itself, without touching the vendor."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping

import pytest

from oneclick.warehouses.contract.capabilities import Capability
from oneclick.warehouses.contract.errors import InvalidConfig
from oneclick.warehouses.contract.instance import AccessLevel, Account, Login, Spec
from oneclick.warehouses.contract.reconcile import in_order
from oneclick.warehouses.contract.resources import Proof
from oneclick.warehouses.testing.suite.base import SuiteBase
from oneclick.warehouses.testing.workbench import Workbench

SENTENCES = ("title", "tagline", "needs", "takes", "price_idea")


class FactSuite(SuiteBase):
    """Fact sheet, limits, form fields, set-up steps, declared resources."""

    def test_it_states_every_capability(self, bench: Workbench) -> None:
        assert set(bench.adapter.facts.capabilities) == set(Capability)

    def test_its_fact_sheet_is_complete(self, bench: Workbench) -> None:
        facts = bench.adapter.facts
        assert re.fullmatch(r"[a-z][a-z0-9_]*", facts.provider)
        assert [name for name in SENTENCES if not getattr(facts, name).strip()] == []
        assert facts.needs_account == bool(facts.fields)

    def test_its_logo_is_a_harmless_drawing(self, bench: Workbench) -> None:
        root = ET.fromstring(bench.adapter.facts.logo_svg)  # noqa: S314 - the adapter's own text
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert "viewBox" in root.attrib, "without a viewBox it can't be scaled"
        for element in root.iter():
            assert not element.tag.endswith(("}script", "}foreignObject", "}image")), element.tag
            active = [name for name in element.attrib if name.startswith("on") or name.endswith("href")]
            assert active == [], "a logo neither acts nor fetches"

    def test_its_limits_are_sane(self, bench: Workbench) -> None:
        limits = bench.adapter.facts.limits
        pattern = re.compile(limits.name_pattern)
        assert 8 <= limits.name_max_length <= 1024
        assert all(pattern.fullmatch(name) for name in limits.reserved_names), "a name that can't be needs no reserve"
        assert len(set(limits.sizes)) == len(limits.sizes)
        assert len(set(limits.regions)) == len(limits.regions)
        assert limits.min_spend_cap >= 0

    def test_its_form_fields_are_documented(self, bench: Workbench) -> None:
        for field in bench.adapter.facts.fields:
            assert re.fullmatch(r"[a-z][a-z0-9_]*", field.name)
            assert field.label.strip(), field.name
            assert field.help.strip(), f"{field.name}: where does a customer find it?"
            assert not (field.is_secret and field.choices), field.name
            re.compile(field.pattern)

    def test_it_takes_a_name_at_its_limits_and_none_beyond(self, bench: Workbench) -> None:
        limits = bench.adapter.facts.limits
        usual = bench.harness.make_spec().name
        bench.adapter.validate_spec(Spec(name=usual))
        bad = ["", "a" * (limits.name_max_length + 1), "a b", "ä", 'a"b', "a'b", "../a", *limits.reserved_names]
        for name in bad:
            with pytest.raises(InvalidConfig) as caught:
                bench.adapter.validate_spec(Spec(name=name))
            assert caught.value.hint, name

    def test_it_refuses_a_size_a_region_and_a_cap_that_do_not_exist(self, bench: Workbench) -> None:
        name = bench.harness.make_spec().name
        for spec in (
            Spec(name=name, size="no-such-size"),
            Spec(name=name, region="no-such-region"),
            Spec(name=name, monthly_spend_cap=-1),
        ):
            with pytest.raises(InvalidConfig):
                bench.adapter.validate_spec(spec)

    def test_it_takes_its_own_account_fields_and_no_others(self, bench: Workbench) -> None:
        account = bench.harness.account
        bench.adapter.validate_account(account.config, list(account.secrets))
        with pytest.raises(InvalidConfig):
            bench.adapter.validate_account({**account.config, "no_such_field": "x"}, list(account.secrets))
        for missing in (field.name for field in bench.adapter.facts.fields if field.is_required):
            config, secrets = without(account, missing)
            with pytest.raises(InvalidConfig):
                bench.adapter.validate_account(config, secrets)

    def test_its_account_keeps_secrets_apart(self, bench: Workbench) -> None:
        secret = {field.name for field in bench.adapter.facts.fields if field.is_secret}
        assert set(bench.harness.account.secrets) <= secret
        assert not set(bench.harness.account.config) & secret

    def test_its_setup_steps_explain_themselves_and_can_be_taken_back(self, bench: Workbench) -> None:
        steps = bench.adapter.setup_steps(bench.harness.account)
        assert bool(steps) == bench.adapter.facts.needs_account
        for step in steps:
            assert step.title.strip()
            assert step.explanation.strip()
            assert bool(step.statement) == bool(step.revoke), f"{step.title!r} can't be taken back"

    def test_it_estimates_what_a_warehouse_costs(self, bench: Workbench) -> None:
        cost = bench.adapter.estimate(bench.harness.make_spec())
        assert cost.text.strip()
        if cost.monthly_low is not None and cost.monthly_high is not None:
            assert 0 <= cost.monthly_low <= cost.monthly_high

    def test_it_declares_the_same_resources_each_time(self, bench: Workbench) -> None:
        instance = bench.new_instance()
        declared = [resource.address for resource in bench.adapter.resources(instance)]
        assert declared == [resource.address for resource in bench.adapter.resources(instance)]
        assert len(set(declared)) == len(declared) > 0
        assert len(in_order(bench.adapter.resources(instance))) == len(declared)

    def test_every_resource_names_its_proof(self, bench: Workbench) -> None:
        instance = bench.new_instance()
        for resource in bench.adapter.resources(instance):
            assert isinstance(resource.proof, Proof), resource.address
            assert resource.kind, resource.address
            if resource.proof is Proof.NAME:
                assert instance.tag in resource.name.replace("-", ""), resource.address
            if resource.proof is Proof.CHILD:
                assert resource.depends_on, f"{resource.address} has no parent"

    def test_two_warehouses_share_no_resource(self, bench: Workbench) -> None:
        first, second = (
            {resource.address for resource in bench.adapter.resources(bench.new_instance())} for _ in range(2)
        )
        assert not first & second

    def test_each_login_has_resources_of_its_own(self, bench: Workbench) -> None:
        instance = bench.new_instance()
        everything = {resource.address for resource in bench.adapter.resources(instance)}
        logins = [*instance.logins, Login(level=AccessLevel.READ, generation=2)]
        of_login = [{item.address for item in bench.adapter.login_resources(instance, login)} for login in logins]
        assert all(of_login)
        assert set.union(*of_login[:2]) <= everything
        assert not of_login[2] & everything


def without(account: Account, field: str) -> tuple[Mapping[str, str], list[str]]:
    """The account's fields but for one."""
    config = {name: value for name, value in account.config.items() if name != field}
    return config, [name for name in account.secrets if name != field]
