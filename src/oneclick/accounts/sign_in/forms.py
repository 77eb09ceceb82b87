"""What people type on the way in and when they set up a provider."""

from typing import Any

from django import forms

from oneclick.accounts.roles import Role
from oneclick.accounts.sign_in.models import IdentityProvider, ProviderKind
from oneclick.accounts.sign_in.presets import PRESETS
from oneclick.accounts.sign_in.providers import SECRET_MAX, ProviderInput
from oneclick.core.secrets import SecretText

_CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "pattern": "[0-9 ]{6,7}"}


class WhoForm(forms.Form):
    """The address by which an organisation is found."""

    email = forms.EmailField(
        label="Work e-mail", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )


class LocalForm(forms.Form):
    """Signing in without an identity provider."""

    email = forms.EmailField(
        label="E-mail", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label="Password", max_length=1000, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip
    code = forms.CharField(
        label="Code", help_text="The six digits that your authenticator app shows now.", max_length=7,
        widget=forms.TextInput(attrs=_CODE),
    )  # fmt: skip


class LinkForm(forms.Form):
    """Making a local account."""

    token = forms.CharField(max_length=100, widget=forms.HiddenInput)
    password = forms.CharField(
        label="New password", help_text="At least 12 characters. A password manager can make one.", max_length=1000,
        strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "minlength": "12"}),
    )  # fmt: skip
    code = forms.CharField(
        label="Code", help_text="The six digits that your app shows for it now.", max_length=7,
        widget=forms.TextInput(attrs=_CODE),
    )  # fmt: skip


class ProviderForm(forms.Form):
    """One provider, asked for the least: where it is, client id and secret. Groups can wait."""

    slug = forms.RegexField(r"\A[0-9a-f]{10}\Z", widget=forms.HiddenInput)
    where = forms.CharField(max_length=255)
    client_id = forms.CharField(
        label="Client id", max_length=255, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    client_secret = forms.CharField(
        label="Client secret", max_length=SECRET_MAX, required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    default_role = forms.ChoiceField(
        label="Everybody who can sign in there becomes", required=False,
        choices=[("", "nobody, unless invited or in a group below"), ("reader", "read-only"), ("member", "member")],
    )  # fmt: skip
    group_claim = forms.CharField(
        label="Claim with groups or roles", max_length=100, required=False, initial="groups",
        help_text="Groups decide the role at each sign-in. Leave the three fields below empty to give roles by hand.",
    )  # fmt: skip
    admin_groups = forms.CharField(label="Groups of admins", required=False, help_text="Separated by commas.")
    member_groups = forms.CharField(label="Groups of members", required=False)
    reader_groups = forms.CharField(label="Groups of readers", required=False)

    def __init__(self, *args: Any, kind: ProviderKind, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kind = kind
        preset = PRESETS[kind]
        self.fields["where"].label = preset.asks
        self.fields["where"].help_text = f"Such as {preset.example}"
        self.fields["client_secret"].required = is_new
        if not is_new:
            del self.fields["slug"]
            self.fields["client_secret"].help_text = "Leave it empty to keep the one that is stored."

    @classmethod
    def shown(cls, provider: IdentityProvider) -> "ProviderForm":
        """A form that holds what is stored, but for the secret."""
        by_role: dict[str, list[str]] = {}
        for group, role in provider.roles_by_group.items():
            by_role.setdefault(role, []).append(group)
        initial = {
            "slug": provider.slug, "where": provider.tenant or provider.issuer, "client_id": provider.client_id,
            "default_role": provider.default_role, "group_claim": provider.group_claim,
            **{f"{role}_groups": ", ".join(groups) for role, groups in by_role.items()},
        }  # fmt: skip
        return cls(initial=initial, kind=provider.kind_of, is_new=False)

    def given(self) -> ProviderInput:
        """What was typed. The higher role wins where a group stands twice."""
        data = self.cleaned_data
        roles: dict[str, Role] = {}
        for role in (Role.READER, Role.MEMBER, Role.ADMIN):
            roles |= {group.strip(): role for group in data[f"{role.value}_groups"].split(",") if group.strip()}
        return ProviderInput(
            kind=self._kind, where=data["where"], client_id=data["client_id"].strip(),
            client_secret=SecretText(data["client_secret"].strip()), group_claim=data["group_claim"].strip(),
            roles_by_group=roles, default_role=Role(data["default_role"]) if data["default_role"] else None,
        )  # fmt: skip
