"""A connection that is removed while somebody sets up a warehouse with it."""

import threading

import pytest
from django.db import connection, transaction

from oneclick.accounts.roles import Principal
from oneclick.provisioning.services import request_create
from oneclick.warehouses import queries, services
from oneclick.warehouses.contract.errors import NotFound
from oneclick.warehouses.contract.instance import Spec
from oneclick.warehouses.models import Warehouse
from tests.warehouses.test_connections import connect

pytestmark = pytest.mark.django_db(transaction=True)


def test_no_warehouse_is_asked_for_in_an_account_that_is_gone(admin: Principal) -> None:
    link = connect(admin)
    refused: list[NotFound] = []

    def ask() -> None:
        try:
            request_create(admin, provider="postgresql", spec=Spec(name="late"), account_link_id=link.id)
        except NotFound as error:
            refused.append(error)
        finally:
            connection.close()

    with transaction.atomic():
        queries.account_link(admin.organisation_id, link.id, is_locked=True)
        asking = threading.Thread(target=ask)
        asking.start()
        asking.join(0.3)
        assert asking.is_alive()
        services.disconnect_account(admin, link.id)
    asking.join(10)

    assert len(refused) == 1
    assert not Warehouse.objects.exists()
