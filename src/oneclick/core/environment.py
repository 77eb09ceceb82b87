"""Typed readers for environment variables that fail loudly, and the list of all that were declared.

Each setting is declared once, with the sentence that `docs/reference/settings.md` prints. A secret may come from a
file instead: `NAME_FILE=/path` is read where `NAME` is empty.
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from oneclick.core.errors import OneClickError
from oneclick.core.secrets import SecretText

T = TypeVar("T")


class SettingError(OneClickError):
    """A setting has a value that can't be used."""

    code = "bad_setting"


@dataclass(frozen=True, kw_only=True)
class Setting(Generic[T]):
    """One environment variable: its name, how its text is read, what stands in when it is missing."""

    name: str
    help: str
    parse: Callable[[str], T]
    default: T
    shown_default: str = ""
    secret: bool = False

    def read(self, environ: Mapping[str, str]) -> T:
        """The value in force; `SettingError` names the variable and what it should look like."""
        raw = environ.get(self.name, "")
        if not raw and environ.get(f"{self.name}_FILE"):
            raw = _read_file(f"{self.name}_FILE", environ[f"{self.name}_FILE"])
        if not raw:
            return self.default
        try:
            return self.parse(raw)
        except ValueError as exc:
            shown = "its value" if self.secret else repr(raw)
            raise SettingError(f"{self.name}: {shown} can't be used: {exc}.", hint=self.help) from None


def _read_file(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as exc:
        raise SettingError(
            f"{name}: {path} can't be read: {exc.strerror}.", hint="Check the path and its permissions."
        ) from exc


def text(raw: str) -> str:
    """Any text."""
    return raw


def secret(raw: str) -> SecretText:
    """A value that must not be shown."""
    return SecretText(raw)


def path(raw: str) -> Path:
    """An absolute path; `~` is the user's home."""
    found = Path(raw).expanduser()
    if not found.is_absolute():
        raise ValueError("it must be an absolute path")
    return found


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """A whole number within bounds, both included."""

    def parse(raw: str) -> int:
        if not raw.isascii() or not raw.isdigit() or not low <= int(raw) <= high:
            raise ValueError(f"it must be a whole number from {low} to {high}")
        return int(raw)

    return parse


def choice(*allowed: str) -> Callable[[str], str]:
    """One of a few words."""

    def parse(raw: str) -> str:
        if raw not in allowed:
            raise ValueError(f"it must be one of {', '.join(allowed)}")
        return raw

    return parse


def flag(raw: str) -> bool:
    """1/0, true/false, yes/no, on/off."""
    known = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if raw.lower() not in known:
        raise ValueError("it must be yes or no")
    return known[raw.lower()]


def words(raw: str) -> tuple[str, ...]:
    """Words separated by commas."""
    return tuple(word.strip() for word in raw.split(",") if word.strip())


def refuse_unknown(environ: Mapping[str, str], known: set[str], *, prefix: str) -> None:
    """Raise for a variable with our prefix that nobody declared: a typing mistake would otherwise go unseen."""
    accepted = known | {f"{name}_FILE" for name in known}
    for name in sorted(environ):
        if name.startswith(prefix) and name not in accepted:
            near = difflib.get_close_matches(name, accepted, n=1)
            suggestion = f"Did you mean {near[0]}?" if near else "See docs/reference/settings.md for those that exist."
            raise SettingError(f"{name} is not a setting of One-Click DWH.", hint=suggestion)
