"""What people type on the way to a warehouse. The browser checks by the same rules as the server."""

import re
from typing import Any

from django import forms

from oneclick.warehouses.contract.capabilities import Capability, Limits
from oneclick.warehouses.contract.descriptions import FactSheet, FormField
from oneclick.warehouses.contract.instance import Spec

HIGHEST_CAP = 1_000_000


class AccountForm(forms.Form):
    """The fields of one provider's account, as its fact sheet lists them."""

    def __init__(self, *args: Any, facts: FactSheet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for wanted in facts.fields:
            self.fields[wanted.name] = _field(wanted)
        self._secret = {wanted.name for wanted in facts.fields if wanted.is_secret}

    @property
    def config(self) -> dict[str, str]:
        """What was typed but for secrets."""
        return {name: value for name, value in self.cleaned_data.items() if value and name not in self._secret}

    @property
    def secrets(self) -> dict[str, str]:
        """The secrets that were typed."""
        return {name: value for name, value in self.cleaned_data.items() if value and name in self._secret}


class ShapeForm(forms.Form):
    """Name, region, size and cap, as far as the provider knows them."""

    name = forms.CharField(label="Name", help_text="Such as sales: lower-case letters, digits, - and _.")
    region = forms.ChoiceField(
        label="Region", required=False, help_text="Where the data lies. It can't be moved later."
    )
    size = forms.ChoiceField(label="Size", required=False, help_text="Start small: it can be changed later.")
    monthly_spend_cap = forms.IntegerField(
        label="Monthly spend cap in US dollars", required=False, max_value=HIGHEST_CAP,
        help_text="When it is reached, the warehouse pauses until the next month. Empty: no cap.",
    )  # fmt: skip

    def __init__(self, *args: Any, facts: FactSheet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limits = facts.limits
        _limit_name(self.fields["name"], limits)
        self._offer("region", limits.regions)
        self._offer("size", limits.sizes)
        cap: Any = self.fields["monthly_spend_cap"]
        cap.min_value = cap.widget.attrs["min"] = max(limits.min_spend_cap, 0)
        if not facts.capabilities[Capability.SPEND_CAP].is_usable:
            del self.fields["monthly_spend_cap"]

    def spec(self) -> Spec:
        """For the adapter."""
        typed = self.cleaned_data
        return Spec(
            name=typed["name"], region=typed.get("region", ""), size=typed.get("size", ""),
            monthly_spend_cap=typed.get("monthly_spend_cap"),
        )  # fmt: skip

    def _offer(self, name: str, choices: tuple[str, ...]) -> None:
        if choices:
            self.fields[name].choices = [("", "The provider's default"), *((each, each) for each in choices)]  # type: ignore[attr-defined]
        else:
            del self.fields[name]


class HandoverForm(forms.Form):
    """Nothing but the button."""


def for_browsers(pattern: str) -> str:
    """The same pattern for an `input`: in a class, browsers want a literal hyphen escaped, and Python doesn't."""
    return re.sub(r"(?<!\\)-\]", r"\\-]", pattern)


def _limit_name(field: forms.Field, limits: Limits) -> None:
    field.max_length = limits.name_max_length  # type: ignore[attr-defined]
    field.widget.attrs |= {
        "maxlength": limits.name_max_length,
        "pattern": for_browsers(limits.name_pattern),
        "title": "Lower-case letters, digits, - and _, starting with a letter",
        "autocomplete": "off",
        "autocapitalize": "none",
        "spellcheck": "false",
    }


def _field(wanted: FormField) -> forms.Field:
    options: dict[str, Any] = {"label": wanted.label, "help_text": wanted.help, "required": wanted.is_required}
    if wanted.choices:
        given = [("", "The usual")] if not wanted.is_required else []
        return forms.ChoiceField(choices=[*given, *((each, each) for each in wanted.choices)], **options)
    if wanted.is_secret:
        widget: forms.Widget = forms.PasswordInput(attrs={"autocomplete": "off"})
        return forms.CharField(widget=widget, strip=False, max_length=10_000, **options)
    attributes = {"pattern": for_browsers(wanted.pattern), "title": wanted.help} if wanted.pattern else {}
    return forms.CharField(widget=forms.TextInput(attrs=attributes), max_length=2000, **options)
