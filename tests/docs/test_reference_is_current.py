import pytest

from oneclick.project.reference import PAGES
from tests.docs.pages import DOCS


@pytest.mark.parametrize("name", PAGES)
def test_each_generated_page_says_what_the_code_says(name: str) -> None:
    written = (DOCS / "reference" / name).read_text()

    assert written == PAGES[name](), "Write it again: python -m oneclick.project.reference"
