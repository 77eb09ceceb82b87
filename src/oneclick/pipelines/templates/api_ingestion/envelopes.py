"""One page of an API, cut into its records without taking them apart: their text stays as it came.

`json` of the standard library finds where each record ends; what is around the records (cursors, counts) is kept as
values. So memory is bounded by the page's text, whatever is in it.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined] # documented nowhere, and there since 2.6
from typing import Any

from oneclick.pipelines.contract.errors import SourceDamaged
from oneclick.pipelines.templates.api_ingestion import paths

_SPACE = re.compile(r"[ \t\n\r]*")
_LONE = re.compile(
    r"(?<!\\)((?:\\\\)*)(?:(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
"""Halves of a pair, which are no characters; a whole pair is the second group."""
_DECODER = json.JSONDecoder()
_WEB_PAGE = re.compile(r"\s*<(!doctype|html|\?xml|head|body)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """What is around the records, and each record's text; `last` is the last record as a value."""

    around: Any
    records: Sequence[str]
    last: Any = None
    digest: str = field(default="")


def opened(body: bytes, records: Sequence[str], *, host: str) -> Envelope:
    """Cut a page apart; `records` are the names that lead to the list. Raises `SourceDamaged`."""
    text = text_of(body, host=host)
    try:
        return _Cutter(text, host).cut(records)
    except RecursionError:
        raise SourceDamaged(f"The answer of {host} is nested too deeply.") from None
    except (ValueError, IndexError):
        raise _unreadable(text, host) from None


def document(body: bytes, *, host: str) -> Any:
    """A page as one value, to look around in it; raises `SourceDamaged`."""
    text = text_of(body, host=host)
    try:
        return json.loads(text)
    except RecursionError:
        raise SourceDamaged(f"The answer of {host} is nested too deeply.") from None
    except ValueError:
        raise _unreadable(text, host) from None


def text_of(body: bytes, *, host: str) -> str:
    """The page as text in one line; raises `SourceDamaged`. JSON is UTF-8 (RFC 8259, 8.1)."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SourceDamaged(
            f"The answer of {host} isn't UTF-8, as JSON has to be.", hint="Ask whoever runs the API."
        ) from None
    if "\n" in text or "\r" in text:
        text = text.replace("\n", " ").replace("\r", " ")  # inside of JSON's texts there are none
    if "\\ud" in text or "\\uD" in text:
        text = _LONE.sub(lambda match: match[0] if match[2] else f"{match[1]}\\ufffd", text)
    return text


class _Cutter:
    def __init__(self, text: str, host: str) -> None:
        self._text, self._host = text, host
        self._records: list[str] = []
        self._last: Any = None
        self._span = (0, 0)
        self._is_found = False

    def cut(self, names: Sequence[str]) -> Envelope:
        if not self._text.strip():
            return Envelope(around=None, records=())
        around, end = self._value(self._skip(0), tuple(names))
        if self._skip(end) != len(self._text):
            raise ValueError("something follows")
        if not self._is_found:
            raise self._no_list(around, names)
        digest = hashlib.sha256(self._text[slice(*self._span)].encode()).hexdigest()
        return Envelope(around=around, records=self._records, last=self._last, digest=digest)

    def _value(self, at: int, names: tuple[str, ...]) -> tuple[Any, int]:
        first = self._text[at]
        if not names:
            return self._records_from(at) if first == "[" else self._no_records(at)
        return self._object(at, names) if first == "{" else _DECODER.raw_decode(self._text, at)

    def _object(self, at: int, names: tuple[str, ...]) -> tuple[Any, int]:
        text, around = self._text, {}
        at = self._skip(at + 1)
        while text[at] != "}":
            if text[at] != '"':
                raise ValueError("no name")
            name, at = scanstring(text, at + 1)
            at = self._skip(at)
            if text[at] != ":":
                raise ValueError("no colon")
            at = self._skip(at + 1)
            around[name], at = (
                self._value(at, names[1:]) if name == names[0] else _DECODER.raw_decode(text, at)
            )  # fmt: skip
            at = self._next(at, "}")
        return around, at + 1

    def _records_from(self, at: int) -> tuple[None, int]:
        text, start = self._text, at
        self._is_found, self._records = True, []
        at = self._skip(at + 1)
        while text[at] != "]":
            self._last, end = _DECODER.raw_decode(text, at)
            self._records.append(text[at:end])
            at = self._next(end, "]")
        self._span = (start, at)
        return None, at + 1

    def _no_records(self, at: int) -> tuple[Any, int]:
        value, end = _DECODER.raw_decode(self._text, at)
        self._is_found = value is None
        return value, end

    def _next(self, at: int, closing: str) -> int:
        """Where the next member begins, or the closing bracket stands."""
        at = self._skip(at)
        if self._text[at] == ",":
            at = self._skip(at + 1)
            if self._text[at] == closing:
                raise ValueError("nothing follows the comma")
        elif self._text[at] != closing:
            raise ValueError("no comma")
        return at

    def _skip(self, at: int) -> int:
        match = _SPACE.match(self._text, at)
        return match.end() if match else at

    def _no_list(self, around: Any, names: Sequence[str]) -> SourceDamaged:
        there = paths.found(around, names)
        where = f"at {paths.dotted(names)!r}" if names else "on the page itself"
        if isinstance(there, dict):
            said = f"{self._host} gave one object {where}, where a list of records was expected"
        elif there is not None:
            said = f"{self._host} gave a single value {where}, where a list of records was expected"
        else:
            said = f"The answer of {self._host} has no list of records {where}"
        shown = there if isinstance(there, dict) else around
        keys = ", ".join(str(key)[:40] for key in list(shown)[:10]) if isinstance(shown, dict) else ""
        return SourceDamaged(
            f"{said}; it has: {keys}." if keys else f"{said}.", hint="Say where the records are, such as data.items."
        )


def _unreadable(text: str, host: str) -> SourceDamaged:
    if _WEB_PAGE.match(text):
        return SourceDamaged(
            f"{host} answers with a web page, not with JSON.",
            hint="Check the URL: it must be the API's own, and the way in must be right, as some send a sign-in page.",
        )
    return SourceDamaged(
        f"The answer of {host} isn't JSON, or it is cut off.", hint="Look at what the URL gives, and try again."
    )
