"""What every test can ask for. The fixtures of the cast write rows: use them with `django_db`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from oneclick.accounts.models import Organisation
from oneclick.accounts.roles import Principal
from oneclick.warehouses import registry
from tests.cast import Cast, make_cast
from tests.provisioning.folders import root_of


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


@pytest.fixture
def folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> Iterator[Path]:
    """The provider `folders` with an empty account, whose folder this is."""
    monkeypatch.setitem(registry.BUILT_IN, "folders", "tests.provisioning.folders:FolderAdapter")
    registry._locations.cache_clear()
    settings.HOME = tmp_path
    yield root_of(tmp_path)
    registry._locations.cache_clear()
