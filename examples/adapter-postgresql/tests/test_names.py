"""What the objects of a warehouse are called."""

from pathlib import Path

from adapter_postgresql import names
from oneclick.core.ids import new_id
from oneclick.warehouses.contract.instance import AccessLevel, Installation, Instance, Login, Spec


def instance(name: str = "sales") -> Instance:
    return Instance(id=new_id(), spec=Spec(name=name))


def test_a_role_tells_nobody_whose_warehouse_it_serves() -> None:
    sales = instance("acme-revenue")
    for login in sales.logins:
        assert "acme" not in names.login_role(sales, login)


def test_the_longest_role_fits_into_an_identifier() -> None:
    login = Login(level=AccessLevel.WRITE, generation=10**6)
    assert len(names.login_role(instance(), login).encode()) <= 63


def test_each_generation_is_a_role_of_its_own() -> None:
    sales, login = instance(), Login(level=AccessLevel.READ)
    assert names.login_role(sales, login) != names.login_role(sales, login.successor)


def test_a_group_is_never_a_login() -> None:
    sales = instance()
    logins = {names.login_role(sales, login) for login in sales.logins}
    assert not logins & {names.owner_role(sales), names.reader_role(sales)}


def test_two_installations_on_one_server_have_different_proofs() -> None:
    sales = instance()
    first, second = (names.proof(Installation(id=name, home=Path("/nowhere")), sales) for name in ("a", "b"))
    assert first != second
