"""A connector's settings: its JSON schema as fields to fill in, and what was filled in as the JSON that it takes.

A field of a nested object has a dotted name. Of objects with variants (`oneOf`), a field of the object's own name says
which by its title, and only the fields of that one are asked for.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from oneclick.pipelines.contract.errors import BadFlow
from oneclick.warehouses.contract.descriptions import FormField

PREFIX = "config."
"""Before the names of a connector's own settings, which may be called like ours."""
Schema = Mapping[str, Any]
_TAG = re.compile(r"<[^>]+>")
_LONGEST_HELP = 300
_LAST = 1_000_000


def fields(schema: Schema, answers: Mapping[str, str]) -> Sequence[FormField]:
    """What to ask for, given what was answered so far."""
    return list(_fields(schema, answers, PREFIX, is_needed=True))


def filled_in(schema: Schema, answers: Mapping[str, str]) -> dict[str, Any]:
    """The answers, secrets among them, as the connector wants them, with its defaults. Raises `BadFlow`."""
    return _object(schema, answers, PREFIX)


def _fields(schema: Schema, answers: Mapping[str, str], prefix: str, *, is_needed: bool) -> Iterator[FormField]:
    required = set(schema.get("required", ()))
    for key, part in _properties(schema):
        name, is_required = prefix + key, is_needed and key in required
        if variants := _variants(part):
            yield FormField(
                name=name, label=_label(key, part), help=_help(part), is_required=is_required,
                choices=tuple(variants),
            )  # fmt: skip
            chosen = _chosen(name, variants, answers, is_required)
            if chosen is not None:
                yield from _fields(chosen, answers, f"{name}.", is_needed=is_required)
        elif _properties(part):
            yield from _fields(part, answers, f"{name}.", is_needed=is_required)
        else:
            yield _leaf(name, key, part, is_required=is_required and "default" not in part)


def _leaf(name: str, key: str, part: Schema, *, is_required: bool) -> FormField:
    kind = _kind(part)
    usual = f" Usually {_spelled(part['default'])}." if part.get("default") not in (None, "", []) else ""
    form = {"array": " Several are separated by commas.", "object": " Written as JSON."}.get(kind, "")
    choices = ("true", "false") if kind == "boolean" else tuple(map(_spelled, part.get("enum") or ()))
    return FormField(
        name=name, label=_label(key, part), help=_help(part) + usual + form, is_secret=_is_secret(part),
        is_required=is_required, choices=choices, pattern=_PATTERNS.get(kind, ""),
    )  # fmt: skip


_PATTERNS: Final = {"integer": r"-?\d+", "number": r"-?\d+(\.\d+)?([eE]-?\d+)?"}


def _object(schema: Schema, answers: Mapping[str, str], prefix: str) -> dict[str, Any]:
    required = set(schema.get("required", ()))
    found: dict[str, Any] = {}
    # The fixed and the hidden ones, too: the connector wants them though nobody is asked.
    for key, part in dict(schema.get("properties", {})).items():
        name = prefix + key
        if variants := _variants(part):
            chosen = _chosen(name, variants, answers, key in required)
            if chosen is not None:
                found[key] = _object(chosen, answers, f"{name}.")
        elif _properties(part):
            if key in required or any(answer.startswith(f"{name}.") and answers[answer] for answer in answers):
                found[key] = _object(part, answers, f"{name}.")
        elif "const" in part:
            found[key] = part["const"]
        elif answers.get(name, "") != "":
            found[key] = _typed(answers[name], key, part)
        elif part.get("default") is not None:
            found[key] = part["default"]
    return found


def _properties(schema: Schema) -> Sequence[tuple[str, Schema]]:
    """Those to be asked for, in the connector's order."""
    listed = [
        (key, part)
        for key, part in dict(schema.get("properties") or {}).items()
        if "const" not in part and not part.get("airbyte_hidden")
    ]
    return sorted(listed, key=lambda each: each[1].get("order", _LAST))


def _variants(part: Schema) -> Mapping[str, Schema]:
    """The variants of an object by their titles; none where it has none."""
    listed = [each for each in part.get("oneOf") or part.get("anyOf") or () if each.get("properties")]
    return {str(each.get("title") or f"Variant {number}"): each for number, each in enumerate(listed, start=1)}


def _chosen(
    name: str,
    variants: Mapping[str, Schema],
    answers: Mapping[str, str],
    is_required: bool,
) -> Schema | None:
    """The variant that was chosen, or the first where there has to be one."""
    answer = answers.get(name, "")
    if answer and answer not in variants:
        raise BadFlow(f"{answer!r} can't be chosen.", hint=f"One of: {', '.join(variants)}.")
    return variants[answer] if answer else next(iter(variants.values())) if is_required else None


def _typed(text: str, key: str, part: Schema) -> Any:
    kind = _kind(part)
    if enum := part.get("enum"):
        for each in enum:
            if _spelled(each) == text:
                return each
        raise BadFlow(f"{_label(key, part)} can't be that.", hint=f"One of: {', '.join(map(_spelled, enum))}.")
    try:
        if kind == "array" and not text.lstrip().startswith("["):
            read = _READERS.get(_kind(part.get("items") or {}), str)
            return [read(each.strip()) for each in text.split(",") if each.strip()]
        return _READERS.get(kind, str)(text)
    except ValueError:
        # Without its cause, which quotes the value: it may be a secret.
        raise BadFlow(f"{_label(key, part)} must be {_WORDS[kind]}.") from None


def _yes_or_no(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError
    return text == "true"


_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "integer": int, "number": float, "boolean": _yes_or_no, "array": json.loads, "object": json.loads,
}  # fmt: skip
_WORDS: Final = {
    "integer": "a whole number", "number": "a number", "boolean": "true or false", "array": "a list", "object": "JSON",
}  # fmt: skip


def _kind(part: Schema) -> str:
    kind = part.get("type", "string")
    named = [kind] if isinstance(kind, str) else [each for each in kind if each != "null"]
    return str(named[0]) if named else "string"


def _is_secret(part: Any) -> bool:
    """Whether it, or anything within it, is a secret."""
    if isinstance(part, Mapping):
        return bool(part.get("airbyte_secret")) or any(map(_is_secret, part.values()))
    return isinstance(part, list) and any(map(_is_secret, part))


def _label(key: str, part: Schema) -> str:
    return str(part.get("title") or key.replace("_", " ").capitalize())


def _help(part: Schema) -> str:
    plain = " ".join(_TAG.sub("", str(part.get("description") or "")).split())
    return plain if len(plain) <= _LONGEST_HELP else plain[: _LONGEST_HELP - 1].rstrip() + "…"


def _spelled(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
