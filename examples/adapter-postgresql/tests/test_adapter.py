"""What the adapter declares and tells, without a server."""

from pathlib import Path

import pytest

from adapter_postgresql import PostgresqlAdapter
from adapter_postgresql.account import checks, setup_steps
from oneclick.core.ids import new_id
from oneclick.core.secrets import SecretText
from oneclick.warehouses import registry
from oneclick.warehouses.contract.descriptions import CheckResult
from oneclick.warehouses.contract.errors import InvalidConfig, NotSupported
from oneclick.warehouses.contract.instance import Account, Installation, Instance, Spec
from oneclick.warehouses.contract.reconcile import in_order

ADAPTER = PostgresqlAdapter(Installation(id="here", home=Path("/nowhere")))
CONFIG = {"host": "db.example", "user": "oneclick"}


def sales() -> Instance:
    return Instance(id=new_id(), spec=Spec(name="sales"), config=CONFIG)


def test_it_is_found_by_its_entry_point() -> None:
    assert registry.adapter_class("postgresql") is PostgresqlAdapter


def test_a_warehouse_is_what_the_readme_says() -> None:
    kinds = [resource.kind for resource in in_order(ADAPTER.resources(sales()))]
    assert kinds == ["role", "role", "database", *["schema"] * 4, "table", "role", "role"]


def test_credentials_fill_in_what_the_account_leaves_out() -> None:
    instance = sales()
    found = ADAPTER.credentials(instance, instance.logins[1])
    assert dict(found.parameters) == {
        "host": "db.example",
        "port": "5432",
        "database": "sales",
        "user": f"oc_{instance.tag}_read_1",
        "sslmode": "prefer",
    }
    assert found.secret_name == "login-read-1"


def test_a_url_has_one_place_for_the_secret() -> None:
    instance = sales()
    url = ADAPTER.bindings(instance, instance.logins[0]).sqlalchemy_url
    assert url.count("{secret}") == 1
    assert url.startswith(f"postgresql+psycopg://oc_{instance.tag}_write_1:")


def test_it_cannot_be_reached_by_duckdb_yet() -> None:
    from oneclick.warehouses.contract.data_plane import Access

    instance = sales()
    access = Access(instance=instance, login=instance.logins[0], secret=SecretText("x"))
    with pytest.raises(NotSupported):
        ADAPTER.data_plane(access).duckdb_attach()


def test_the_maintenance_database_is_no_name_for_a_warehouse() -> None:
    with pytest.raises(InvalidConfig):
        ADAPTER.validate_spec(Spec(name="postgres"))


def test_the_setup_script_grants_what_the_checks_ask_for() -> None:
    [step] = setup_steps(Account(config=CONFIG))
    for wanted in ("CREATEDB", "CREATEROLE", 'GRANT CONNECT ON DATABASE "postgres" TO "oneclick"'):
        assert wanted in step.statement
    assert 'DROP ROLE "oneclick"' in step.revoke


def test_where_nobody_answers_nothing_else_is_checkable() -> None:
    account = Account(config={"host": "127.0.0.1", "port": "1", "user": "x"}, secrets={"password": SecretText("y")})
    first, *others = checks(account)
    assert first.result is CheckResult.FAILED
    assert {check.result for check in others} == {CheckResult.NOT_CHECKABLE}
