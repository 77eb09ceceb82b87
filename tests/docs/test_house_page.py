import re
from pathlib import Path

import oneclick
from oneclick.provisioning.states import LEGAL
from tests.docs.pages import DOCS

PAGE = (DOCS / "explanation" / "architecture.md").read_text()


def test_the_house_page_has_every_room() -> None:
    rows = re.findall(r"^\| \d+ \| (.+?) \|", PAGE, re.MULTILINE)
    named = {room for row in rows for room in re.findall(r"`(\w+)`", row)}

    assert named == {folder.parent.name for folder in Path(oneclick.__path__[0]).glob("*/__init__.py")}


def test_the_house_page_draws_every_state() -> None:
    assert not [state for state in LEGAL if state.name not in PAGE]
