"""What operators type."""

from django import forms

from oneclick.outbound.services import LONGEST_REASON


class NewOrganisationForm(forms.Form):
    """An organisation to make."""

    name = forms.CharField(label="Name", max_length=100)
    domain = forms.CharField(
        label="E-mail domain", required=False, max_length=253,
        help_text="What follows the @ of its people's addresses. The sign-in page finds the organisation by it.",
    )  # fmt: skip


class DomainForm(forms.Form):
    """The e-mail domain of an organisation; none takes it away."""

    domain = forms.CharField(label="E-mail domain", required=False, max_length=253, help_text="Such as acme.example")


class FirstAdminForm(forms.Form):
    """Who becomes an organisation's first admin."""

    email = forms.EmailField(label="E-mail address", max_length=254)


class OperatorForm(forms.Form):
    """Who becomes an operator."""

    user = forms.CharField(
        label="E-mail address",
        max_length=254,
        help_text="Of somebody who has signed in here at least once, or their id.",
    )


class ConnectionForm(forms.Form):
    """What may be connected to, and why."""

    destination = forms.CharField(
        label="Host with port, or network", max_length=300, help_text="Such as db.acme.example:5432 or 10.20.0.0/16"
    )
    reason = forms.CharField(
        label="Reason", required=False, max_length=LONGEST_REASON, help_text="For those who read this list later."
    )
