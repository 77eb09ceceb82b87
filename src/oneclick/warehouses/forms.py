"""Forms from what adapters and templates ask for. The browser checks by the same rules as the server."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms

from oneclick.core.secrets import SecretText
from oneclick.warehouses.contract.descriptions import FormField


class DescribedForm(forms.Form):
    """The fields that somebody describes, in their order; what is secret is kept apart."""

    def __init__(self, *args: Any, described: Sequence[FormField], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for wanted in described:
            self.fields[wanted.name] = form_field(wanted)
        self._secret = {wanted.name for wanted in described if wanted.is_secret}

    @property
    def config(self) -> dict[str, str]:
        """What was typed but for secrets."""
        return {name: value for name, value in self.cleaned_data.items() if value and name not in self._secret}

    @property
    def secrets(self) -> dict[str, SecretText]:
        """The secrets that were typed."""
        return {name: SecretText(value) for name, value in self.cleaned_data.items() if value and name in self._secret}


def form_field(wanted: FormField) -> forms.Field:
    """The field for one thing that is asked for."""
    options: dict[str, Any] = {"label": wanted.label, "help_text": wanted.help, "required": wanted.is_required}
    if wanted.choices:
        given = [("", "The usual")] if not wanted.is_required else []
        return forms.ChoiceField(choices=[*given, *((each, each) for each in wanted.choices)], **options)
    if wanted.is_secret:
        widget: forms.Widget = forms.PasswordInput(attrs={"autocomplete": "off"})
        return forms.CharField(widget=widget, strip=False, max_length=10_000, **options)
    attributes = {"pattern": for_browsers(wanted.pattern), "title": wanted.help} if wanted.pattern else {}
    return forms.CharField(widget=forms.TextInput(attrs=attributes), max_length=2000, **options)


def for_browsers(pattern: str) -> str:
    """The same pattern for an `input`: in a class, browsers want a literal hyphen escaped, and Python doesn't."""
    return re.sub(r"(?<!\\)-\]", r"\\-]", pattern)
