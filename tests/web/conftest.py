"""A browser, and the kit's pages to open in it."""

from collections.abc import Iterator

import pytest

from tests.browser import browser, look
from tests.web.served import served

__all__ = ["browser", "look"]


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with served() as address:
        yield address
