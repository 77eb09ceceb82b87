"""What people choose to be told of, and where an operator sends a mail to try it."""

from collections.abc import Mapping
from typing import Any

from django import forms

from oneclick.notifications.kinds import Kind


class ChoicesForm(forms.Form):
    """One box for each kind."""

    def __init__(self, data: Any = None, *, choices: Mapping[Kind, bool]) -> None:
        super().__init__(data)
        for kind, by_email in choices.items():
            self.fields[kind.key] = forms.BooleanField(
                label=kind.label, help_text=kind.help, required=False, initial=by_email
            )


class TrialForm(forms.Form):
    """Where the mail goes."""

    to = forms.EmailField(label="E-mail address", max_length=254)
