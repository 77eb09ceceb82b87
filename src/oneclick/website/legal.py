"""Pages whose words are the operator's: text files in the folder that `ONECLICK_LEGAL_FOLDER` names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LONGEST = 500_000
PAGES: Mapping[str, str] = {"imprint": "Imprint", "privacy": "Privacy", "terms": "Terms of use"}
"""Name of the file, without .txt → title."""


@dataclass(frozen=True, kw_only=True)
class LegalPage:
    """One page; `text` is plain, with empty lines between paragraphs."""

    key: str
    title: str
    text: str


def legal_page(folder: Path | None, key: str) -> LegalPage | None:
    """The page, if its file is there and says something. At most 500,000 characters of it are shown."""
    if folder is None or key not in PAGES:
        return None
    try:
        with (folder / f"{key}.txt").open(encoding="utf-8", errors="replace") as file:
            text = file.read(LONGEST).strip()
    except OSError:
        return None
    return LegalPage(key=key, title=PAGES[key], text=text) if text else None


def legal_titles(folder: Path | None) -> Sequence[tuple[str, str]]:
    """Key and title of those that are there, without reading them."""
    if folder is None:
        return ()
    return [(key, title) for key, title in PAGES.items() if (folder / f"{key}.txt").is_file()]
