"""`/operator`: organisations, operators, connections."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from oneclick.accounts import operators
from oneclick.accounts.models import Organisation
from oneclick.accounts.operator_pages import operator_page
from oneclick.accounts.operators import Operator
from oneclick.accounts.pages import attempt, done, form_status, fresh
from oneclick.accounts.paging import MORE, before_of, list_page
from oneclick.accounts.services import set_domain
from oneclick.operations import organisations
from oneclick.operations.forms import ConnectionForm, DomainForm, FirstAdminForm, NewOrganisationForm, OperatorForm
from oneclick.outbound import services as outbound

FORM = ["GET", "HEAD", "POST"]
COMMON_NETWORKS = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
"""Those that companies number their own machines from (RFC 1918)."""


@require_safe
@operator_page
def home(request: HttpRequest, operator: Operator) -> HttpResponse:
    """The first of the pages."""
    return redirect("operator-organisations")


@require_safe
@operator_page
def listed(request: HttpRequest, operator: Operator) -> HttpResponse:
    """The organisations of this installation."""
    sought = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    found = organisations.tenants(sought, limit=MORE, before=before_of(request))
    page = list_page(request, found, key=lambda each: each.organisation.id)
    return render(request, "operations/organisations.html", {"page": page, "q": sought})


@require_http_methods(FORM)
@operator_page
@fresh
def add_organisation(request: HttpRequest, operator: Operator) -> HttpResponse:
    """Make an organisation."""
    form = NewOrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        made = attempt(form, lambda: organisations.add(operator, wanted["name"], wanted["domain"]))
        if made:
            return done(request, f"{made.name} is there. Now make its first admin.", "operator-organisation", made.id)
    return render(request, "operations/organisation_new.html", {"form": form}, status=form_status(form))


@require_http_methods(FORM)
@operator_page
def organisation(request: HttpRequest, operator: Operator, organisation_id: UUID) -> HttpResponse:
    """One organisation; POST sets its e-mail domain."""
    found = organisations.tenant(organisation_id)
    if request.method == "POST":
        return _give_domain(request, operator, found)
    return _organisation(request, found, domain=DomainForm(initial={"domain": found.organisation.domain or ""}))


@fresh
def _give_domain(request: HttpRequest, operator: Operator, found: organisations.Tenant) -> HttpResponse:
    form = DomainForm(request.POST)
    if form.is_valid():
        domain = form.cleaned_data["domain"]
        changed: Organisation | None = attempt(
            form, lambda: set_domain(found.organisation.id, domain, actor=operator.label)
        )
        if changed:
            words = f"has the domain {changed.domain} now" if changed.domain else "has no e-mail domain now"
            return done(request, f"{changed.name} {words}.", "operator-organisation", changed.id)
    return _organisation(request, found, domain=form)


@require_POST
@operator_page
@fresh
def first_admin(request: HttpRequest, operator: Operator, organisation_id: UUID) -> HttpResponse:
    """Make a link for the first admin. The answer shows it, this once."""
    found = organisations.tenant(organisation_id)
    form = FirstAdminForm(request.POST)
    if form.is_valid():
        email = form.cleaned_data["email"]
        made = attempt(form, lambda: organisations.make_first_admin(operator, organisation_id, email))
        if made:
            link = settings.ONECLICK_ORIGIN + made.path
            return render(
                request, "operations/first_admin.html", {"tenant": found, "made": made, "link": link}, status=201
            )
    return _organisation(request, found, admin=form)


def _organisation(
    request: HttpRequest,
    found: organisations.Tenant,
    *,
    domain: DomainForm | None = None,
    admin: FirstAdminForm | None = None,
) -> HttpResponse:
    context = {
        "tenant": found,
        "form": domain or DomainForm(initial={"domain": found.organisation.domain or ""}),
        "admin_form": admin or FirstAdminForm(),
    }
    status = form_status(admin) if admin else form_status(context["form"])  # type: ignore[arg-type]
    return render(request, "operations/organisation.html", context, status=status)


@require_http_methods(FORM)
@operator_page
def operators_page(request: HttpRequest, operator: Operator) -> HttpResponse:
    """Who is an operator; POST makes somebody one."""
    if request.method == "POST":
        return _grant(request, operator)
    return _operators(request, operator, OperatorForm())


@fresh
def _grant(request: HttpRequest, operator: Operator) -> HttpResponse:
    form = OperatorForm(request.POST)
    if form.is_valid():
        named = form.cleaned_data["user"]
        made = attempt(form, lambda: operators.grant(operators.user_named(named), actor=operator.label))
        if made:
            return done(request, f"{made.user} is an operator now.", "operator-operators")
    return _operators(request, operator, form)


def _operators(request: HttpRequest, operator: Operator, form: OperatorForm) -> HttpResponse:
    context = {"grants": operators.operators(), "form": form, "you": operator.user_id}
    return render(request, "operations/operators.html", context, status=form_status(form))


@require_http_methods(FORM)
@operator_page
@fresh
def take_back(request: HttpRequest, operator: Operator, user_id: UUID) -> HttpResponse:
    """What an operator loses; POST takes it back."""
    found = operators.user_named(str(user_id))
    if request.method == "POST":
        operators.take_back(found, actor=operator.label, leave_one=True)
        return done(request, f"{found} is no operator any more.", "operator-operators")
    return render(request, "operations/take_back.html", {"found": found, "is_you": found.id == operator.user_id})


@require_http_methods(FORM)
@operator_page
def connections(request: HttpRequest, operator: Operator) -> HttpResponse:
    """What may be connected to although it isn't public; POST allows something."""
    if request.method == "POST":
        return _allow(request, operator)
    return _connections(request, ConnectionForm(initial={"destination": request.GET.get("destination", "")[:300]}))


@fresh
def _allow(request: HttpRequest, operator: Operator) -> HttpResponse:
    form = ConnectionForm(request.POST)
    if form.is_valid():
        wanted = form.cleaned_data
        made = attempt(
            form, lambda: outbound.allow(wanted["destination"], actor=operator.label, reason=wanted["reason"])
        )
        if made:
            return done(request, f"Connections to {made.destination} are allowed.", "operator-connections")
    return _connections(request, form)


def _connections(request: HttpRequest, form: ConnectionForm) -> HttpResponse:
    known = outbound.allowed()
    names = {each.destination for each in known}
    context = {
        "form": form,
        "entries": known,
        "from_settings": [str(each) for each in settings.ONECLICK_OUTBOUND_ALLOW],
        "suggested": [each for each in COMMON_NETWORKS if each not in names],
    }
    return render(request, "operations/connections.html", context, status=form_status(form))


@require_POST
@operator_page
@fresh
def forget(request: HttpRequest, operator: Operator, entry_id: UUID) -> HttpResponse:
    """Take an entry off the list."""
    gone = outbound.forget_entry(entry_id, actor=operator.label)
    return done(request, f"New connections to {gone.destination} are refused.", "operator-connections")
