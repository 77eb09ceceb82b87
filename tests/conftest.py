"""What every test can ask for. The fixtures of the cast write rows: use them with `django_db`."""

import pytest

from oneclick.accounts.models import Organisation
from oneclick.accounts.roles import Principal
from tests.cast import Cast, make_cast


@pytest.fixture
def cast(request: pytest.FixtureRequest) -> Cast:
    marker = request.node.get_closest_marker("django_db")
    is_committed = marker is not None and (
        marker.kwargs.get("transaction") or "transactional_db" in request.fixturenames
    )
    request.getfixturevalue("transactional_db" if is_committed else "db")
    return make_cast()


@pytest.fixture
def organisation(cast: Cast) -> Organisation:
    return cast.organisation


@pytest.fixture
def admin(cast: Cast) -> Principal:
    return cast.admin


@pytest.fixture
def member(cast: Cast) -> Principal:
    return cast.member


@pytest.fixture
def reader(cast: Cast) -> Principal:
    return cast.reader


@pytest.fixture
def outsider(cast: Cast) -> Principal:
    return cast.outsider
