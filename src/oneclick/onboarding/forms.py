"""What people type on the way to a warehouse. The browser checks by the same rules as the server."""

from typing import Any

from django import forms

from oneclick.warehouses.contract.capabilities import Capability, Limits
from oneclick.warehouses.contract.descriptions import FactSheet
from oneclick.warehouses.contract.instance import Spec
from oneclick.warehouses.forms import for_browsers

HIGHEST_CAP = 1_000_000


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
