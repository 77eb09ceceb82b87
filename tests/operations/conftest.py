"""A browser in which an operator is signed in, who belongs to no organisation."""

import pytest
from django.test import Client

from tests.accounts.conftest import an_operator, signed_in_as


@pytest.fixture
def operator() -> Client:
    return signed_in_as(an_operator())
