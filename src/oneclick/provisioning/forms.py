"""What people type to change a warehouse."""

from django import forms

from oneclick.warehouses.contract.instance import AccessLevel


class LevelForm(forms.Form):
    """Which login is meant."""

    level = forms.ChoiceField(choices=[(level.value, level.value) for level in AccessLevel])
