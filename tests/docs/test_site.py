import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import DOCS

LOADED = re.compile(r"<(?:script|link|img|source|iframe)\b[^>]*?(?:src|srcset|href)=\"(https?:)?//[^\"]*\"")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("site")
    made = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-d", built / "doctrees", DOCS, built / "html"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    return built / "html"


def test_the_site_builds_without_a_warning(site: Path) -> None:
    assert (site / "index.html").exists()


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    found = {page.name: LOADED.findall(page.read_text()) for page in site.rglob("*.html")}

    assert len(found) > 20
    assert not {name for name, loaded in found.items() if loaded}


def test_both_pictures_show_the_same_in_other_colours() -> None:
    light, dark = ((DOCS / "images" / f"chain-{name}.svg").read_text() for name in ("light", "dark"))
    colour = re.compile(r"#[0-9a-f]{6}")

    assert light != dark
    assert colour.sub("", light) == colour.sub("", dark)
