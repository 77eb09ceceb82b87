"""The living style page: every component of the kit in every state, for those who build pages."""

from datetime import timedelta

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from oneclick.core.clock import utcnow

SAMPLE = {"name": "", "region": "eu-west-1", "notify": True, "tier": "basic"}


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="Name", help_text="Letters, digits and underscores; you can't change it later.")
    region = forms.ChoiceField(label="Region", choices=[("eu-west-1", "Ireland"), ("eu-central-1", "Frankfurt")])
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    tier = forms.ChoiceField(
        label="Plan", choices=[("basic", "Basic"), ("premium", "Premium")], widget=forms.RadioSelect
    )
    notify = forms.BooleanField(label="Tell me by e-mail when it is ready", required=False)


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The style page; only where `STYLE_PAGE` is set, which it is in development."""
    if not settings.STYLE_PAGE:
        raise Http404
    now = utcnow()
    context = {
        "form": SampleForm(SAMPLE, use_required_attribute=False),
        "minutes_ago": now - timedelta(minutes=5),
        "yesterday": now - timedelta(days=1),
        "duration": timedelta(minutes=2, seconds=14),
    }
    return render(request, "web/style.html", context)
