"""What people type to change their team and their tokens, and to search the audit log."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms

from oneclick.accounts.invitations import INVITATION_DAYS, INVITATION_DAYS_MAX
from oneclick.accounts.models import ServiceAccount
from oneclick.accounts.roles import GRANTS, Permission, Principal, Role
from oneclick.accounts.tokens import TOKEN_DAYS_MAX
from oneclick.audit.queries import Wanted
from oneclick.web.zones import by_continent

_FIRST_DAY = datetime(2000, 1, 1, tzinfo=UTC).date()
_LAST_DAY = datetime(2200, 1, 1, tzinfo=UTC).date()


class RoleForm(forms.Form):
    """A role to give."""

    role = forms.ChoiceField(label="Role", choices=Role.choices)


class InvitationForm(forms.Form):
    """Whom to invite."""

    email = forms.EmailField(label="E-mail address", max_length=254)
    role = forms.ChoiceField(label="Role", choices=Role.choices, initial=Role.READER)
    days = forms.IntegerField(
        label="Days", help_text="How long the link works.", min_value=1, max_value=INVITATION_DAYS_MAX,
        initial=INVITATION_DAYS,
    )  # fmt: skip


class TimeZoneForm(forms.Form):
    """In which zone times are told."""

    time_zone = forms.ChoiceField(
        label="Time zone",
        help_text="Wherever you sign in, the zone that you choose holds.",
        choices=lambda: [("", "As my browser says"), ("UTC", "UTC"), *by_continent()],
        required=False,
    )


class OrganisationForm(forms.Form):
    """The organisation's own name."""

    name = forms.CharField(label="Name", max_length=100)


class ServiceAccountForm(forms.Form):
    """An account for a program."""

    name = forms.CharField(label="Name", help_text="Which program it is, such as “nightly load”.", max_length=100)
    role = forms.ChoiceField(label="Role", choices=Role.choices, initial=Role.READER)


class TokenForm(forms.Form):
    """A token to make; only what its maker may is offered."""

    name = forms.CharField(label="Name", help_text="What it is for, such as “laptop”.", max_length=100)
    role = forms.ChoiceField(label="Role")
    days = forms.IntegerField(label="Days", min_value=1, max_value=TOKEN_DAYS_MAX, initial=30)
    service_account = forms.TypedChoiceField(
        label="Whose", help_text="A service account's token goes on working when you leave.", required=False,
        empty_value=None,
    )  # fmt: skip
    scopes = forms.MultipleChoiceField(
        label="Scopes", help_text="Choose none to allow all that the role may.", required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def __init__(
        self, *args: Any, principal: Principal, service_accounts: "list[ServiceAccount]", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offered = [role for role in Role if GRANTS[role] <= GRANTS[principal.role]]
        self.fields["role"].choices = [(role.value, role.label) for role in offered]  # type: ignore[attr-defined]
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (each.value, each.label) for each in Permission if principal.may(each)
        ]
        if service_accounts:
            names = [(str(each.id), each.name) for each in service_accounts]
            self.fields["service_account"].choices = [("", "Mine"), *names]  # type: ignore[attr-defined]
        else:
            del self.fields["service_account"]

    @property
    def wanted_scopes(self) -> list[Permission] | None:
        """As the service takes them: none chosen means all that the role may."""
        return [Permission(each) for each in self.cleaned_data["scopes"]] or None


class AuditForm(forms.Form):
    """Which events to look for. All of it may be left out."""

    action = forms.CharField(
        label="What", help_text="Such as warehouse.created, or only warehouse", max_length=200, required=False
    )
    actor = forms.CharField(label="Who", max_length=200, required=False)
    target_id = forms.CharField(label="Of what", max_length=200, required=False)
    address = forms.CharField(label="From where", help_text="An IP address", max_length=45, required=False)
    correlation_id = forms.CharField(label="Correlation id", max_length=200, required=False)
    since = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def wanted(self) -> Wanted:
        """As the log's queries take it: whole days in UTC, the last one included. A wrong field narrows nothing."""
        self.full_clean()
        given = self.cleaned_data
        since, until = given.get("since"), given.get("until")
        return Wanted(
            actor=given.get("actor", ""),
            action=given.get("action", ""),
            target_id=given.get("target_id", ""),
            correlation_id=given.get("correlation_id", ""),
            address=given.get("address", "").strip(),
            since=_midnight(since) if since else None,
            until=_midnight(until) + timedelta(days=1) if until else None,
        )


def _midnight(day: Any) -> datetime:
    day = min(max(day, _FIRST_DAY), _LAST_DAY)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
