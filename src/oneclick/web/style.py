"""The living style page: every component of the kit in every state, for those who build pages."""

from datetime import timedelta

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from oneclick.core.clock import utcnow
from oneclick.web.navigation import Entry, NavItem, show_places
from oneclick.web.viewer import Choice, Viewer, show_as

SAMPLE = {"name": "my warehouse", "region": "eu-west-1", "notify": True, "tier": "basic"}
PLACES = (
    NavItem(label="Overview", url_name="style", icon="layout-dashboard", order=10, is_frequent=True),
    NavItem(label="Warehouses", url_name="style", icon="database", order=20, is_frequent=True),
    NavItem(label="Data flows", url_name="style", icon="workflow", order=30, is_frequent=True),
    NavItem(label="Dashboards", url_name="style", icon="chart-column", order=40, is_frequent=True),
    NavItem(label="SQL", url_name="style", icon="square-terminal", order=70),
    NavItem(label="Team", url_name="style", icon="users", group="below", order=10),
    NavItem(label="Settings", url_name="style", icon="settings", group="below", order=90),
)
ORGANISATIONS = (
    Choice(value="1", label="Acme Commerce", is_current=True),
    Choice(value="2", label="Acme Logistics and Warehousing of the Netherlands"),
)
SNIPPET = """import duckdb

duckdb.sql("ATTACH 'ducklake:postgres:dbname=lake host=127.0.0.1 port=5432' AS sales")
duckdb.sql("SELECT count(*) FROM sales.raw.orders").show()"""
COLOURS = (
    ("paper", "bg-paper"),
    ("sunken", "bg-sunken"),
    ("raised", "bg-raised"),
    ("line", "bg-line"),
    ("edge", "bg-edge"),
    ("quiet", "bg-quiet"),
    ("ink", "bg-ink"),
    ("accent", "bg-accent"),
    ("accent-soft", "bg-accent-soft"),
    ("ok", "bg-ok"),
    ("busy", "bg-busy"),
    ("warn", "bg-warn"),
    ("bad", "bg-bad"),
)


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.RegexField(
        r"^[a-z0-9_]+$",
        label="Name",
        help_text="Small letters, digits and underscores. You can't change it later.",
        error_messages={"invalid": "The name has a space in it. Write my_warehouse, for example."},
    )
    region = forms.ChoiceField(label="Region", choices=[("eu-west-1", "Ireland"), ("eu-central-1", "Frankfurt")])
    note = forms.CharField(label="Note for your colleagues", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    tier = forms.ChoiceField(
        label="Plan", choices=[("basic", "Basic"), ("premium", "Premium")], widget=forms.RadioSelect
    )
    notify = forms.BooleanField(label="Tell me by e-mail when it is ready", required=False)


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The style page; only where `STYLE_PAGE` is set, which it is in development."""
    if not settings.STYLE_PAGE:
        raise Http404
    show_as(
        request,
        Viewer(
            name="Ada Muster",
            email="ada@example.com",
            organisations=ORGANISATIONS,
            switch_url="/style",
            organisation=ORGANISATIONS[0].label,
            account_url="/style",
            sign_out_url="/style",
        ),
    )
    show_places(request, tuple(Entry(item=item, url="/style", is_current=item is PLACES[1]) for item in PLACES))
    return render(request, "web/style.html", _samples())


def _samples() -> dict[str, object]:
    now = utcnow()
    words = {
        "info": "Your warehouse is being set up. You can close this page.",
        "success": "Password rotated. The old one works until 14:05.",
        "warning": "The last update set 12 rows aside.",
        "error": "The update failed: the file was gone.",
    }
    return {
        "form": SampleForm(SAMPLE, use_required_attribute=False),
        "minutes_ago": now - timedelta(minutes=5),
        "yesterday": now - timedelta(days=1),
        "took": timedelta(minutes=2, seconds=14),
        "colours": COLOURS,
        "toasts": words.items(),
        "snippet": SNIPPET,
        "long_name": "sales_of_all_shops_in_all_countries_since_the_beginning_of_time_including_returns_and_vouchers",
        "rtl_name": "مبيعات المتجر 🛒 <script>alert(1)</script>",
    }
