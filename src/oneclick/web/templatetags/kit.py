"""Tags and filters that every template has without loading them."""

import re
from datetime import datetime
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import get_current_timezone, localtime
from lucide.templatetags.lucide import lucide

from oneclick.web import words
from oneclick.web.parts import parts_of

register = template.Library()

register.filter("duration", words.duration)
register.filter("number", words.number)
register.filter("size", words.size)
register.simple_tag(parts_of)

_LISTS = (RadioSelect, CheckboxSelectMultiple)


@register.filter
def ago(at: datetime) -> str:
    """How long ago, or the day, where whoever looks is."""
    return words.ago(localtime(at))


@register.filter
def exact(at: datetime) -> str:
    """The exact time where whoever looks is."""
    return words.exact(at, get_current_timezone())


@register.filter
def exactly(text: str) -> str:
    """The value of `pattern` that only `text` itself matches; a hyphen stays, because it can't be escaped there."""
    pattern = re.sub(r"([\\^$.*+?()[\]{}|/])", r"\\\1", text)
    # What came through an attribute is escaped already, and no entity has a character that we touch.
    return mark_safe(pattern) if isinstance(text, SafeString) else pattern  # noqa: S308 - as safe as it came


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, size: int = 20) -> SafeString:
    """Lucide's icon of that name; kept, because a page has dozens and each is parsed XML."""
    drawn = lucide(name, size=size, **{"class": "icon", "aria-hidden": "true"})
    return mark_safe(re.sub(r"\s*\n\s*", "", drawn))  # noqa: S308 - from the package, with nothing of the request


@register.simple_tag
def control(field: BoundField, **attrs: Any) -> SafeString:
    """The field's own widget with the kit's class and what assistive technology must know."""
    own = field.field.widget.attrs.get("class", "")
    look = "" if isinstance(field.field.widget, (CheckboxInput, *_LISTS)) else "control"
    given = {name.replace("_", "-"): value for name, value in attrs.items() if value not in {"", None}}
    return field.as_widget(attrs={"class": f"{look} {own}".strip(), **given})


@register.filter
def field_kind(field: BoundField) -> str:
    """How the field is laid out: `check` (label beside the box), `list` (a group of choices) or `line`."""
    if isinstance(field.field.widget, _LISTS):
        return "list"
    return "check" if isinstance(field.field.widget, CheckboxInput) else "line"


@register.filter
def described_by(field: BoundField) -> str:
    """The ids of help and error, where the help is the template's and not the form's."""
    help_id = f"{field.auto_id}_helptext"
    return f"{help_id} {field.auto_id}_error" if field.errors else help_id
