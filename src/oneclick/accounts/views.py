"""Choosing an organisation, joining one, the audit log, and the table of rights."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from oneclick.accounts import founding, invitations, membership, trail
from oneclick.accounts.api import ExportFormat, exported
from oneclick.accounts.digests import digest_of
from oneclick.accounts.errors import InvitationForSomebodyElse, InvitationNotFound, OrganisationNotFound, SignUpClosed
from oneclick.accounts.forms import AuditForm, OrganisationForm
from oneclick.accounts.pages import attempt, console_page, done, form_status, refused
from oneclick.accounts.paging import MORE, before_of, list_page
from oneclick.accounts.roles import GRANTS, OPERATOR_MAY, Permission, Principal, Role
from oneclick.accounts.sign_in.pages import HOME, safe_next, signed_in, to_sign_in
from oneclick.audit.actions import ACTIONS
from oneclick.core.errors import OneClickError
from oneclick.core.secrets import SecretText

FORM = ["GET", "HEAD", "POST"]
INVITED = "invitation"
"""Where a session keeps the hash of an invitation's secret, between the link and the answer."""


@require_http_methods(FORM)
@signed_in
def organisations(request: HttpRequest) -> HttpResponse:
    """Where one belongs; POST chooses where to work."""
    next_path = safe_next(request.POST.get("next") or request.GET.get("next", ""))
    if request.method == "POST":
        try:
            membership.choose(request, _uuid(request.POST.get("organisation", "")))
        except OneClickError as error:
            return refused(request, error)
        return redirect(next_path)
    found = membership.memberships_of_request(request)
    context = {"memberships": found, "next": next_path, "may_found": founding.may_found()}
    return render(request, "accounts/organisations.html", context)


@require_http_methods(FORM)
@signed_in
def found_organisation(request: HttpRequest) -> HttpResponse:
    """Make an organisation of one's own, where strangers may."""
    if not founding.may_found():
        return refused(request, SignUpClosed())
    form = OrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = membership.user_of(request)
        made = attempt(form, lambda: founding.found(user, form.cleaned_data["name"]))
        if made:
            membership.choose(request, made.id)
            return done(request, f"Welcome. {made.name} is yours: invite the others under Team.", HOME)
    return render(request, "accounts/organisation_new.html", {"form": form}, status=form_status(form))


@never_cache
@require_http_methods(FORM)
def join(request: HttpRequest) -> HttpResponse:
    """An invitation's link: GET shows what it is, POST accepts. Its secret leaves the address at once."""
    if raw := request.GET.get(invitations.JOIN_PARAMETER, ""):
        request.session[INVITED] = digest_of(SecretText(raw))
        return redirect("join")
    try:
        invitation = invitations.look_at(request.session.get(INVITED, ""))
        if not membership.is_signed_in(request):
            return render(request, "accounts/join_signed_out.html", {"invitation": invitation})
        if request.method == "POST":
            joined = invitations.accept(membership.user_of(request), request.session.pop(INVITED))
            membership.choose(request, joined.organisation_id)
            return done(request, f"Welcome to {invitation.organisation.name}.", "team")
        if not invitations.is_for(invitation, membership.user_of(request)):
            raise InvitationForSomebodyElse(hint=_for_whom(invitation.email))
    except InvitationNotFound as error:
        return refused(request, error) if membership.is_signed_in(request) else _lost(request, error)
    except OneClickError as error:
        return refused(request, error)
    return render(request, "accounts/join.html", {"invitation": invitation})


@require_safe
@console_page(Permission.VIEW_AUDIT)
def audit(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Who did what."""
    form = AuditForm(request.GET)
    found = trail.lines(principal, form.wanted(), limit=MORE, before=before_of(request))
    asked = request.GET.copy()
    asked.pop("before", None)
    context = {
        "page": list_page(request, found, key=lambda line: line.event.id),
        "form": form,
        "is_narrowed": any(form.data.get(name) for name in form.fields),
        "filters": asked.urlencode(),
        "meanings": ACTIONS,
    }
    return render(request, "accounts/audit.html", context)


@require_safe
@console_page(Permission.VIEW_AUDIT)
def export_audit(request: HttpRequest, principal: Principal) -> StreamingHttpResponse:
    """The log as a file, narrowed as the page is."""
    kind = ExportFormat.JSON if request.GET.get("format") == ExportFormat.JSON else ExportFormat.CSV
    return exported(principal, AuditForm(request.GET).wanted(), kind)


@require_safe
@console_page()
def permissions(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Which role may do what, from the table that everything asks."""
    rows = [(each, [each in GRANTS[role] for role in Role]) for each in Permission]
    context = {"rows": rows, "roles": list(Role), "own": principal.role, "operator_may": OPERATOR_MAY}
    return render(request, "accounts/permissions.html", context)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise OrganisationNotFound("You don't belong to that organisation.", hint="Choose one of your own.") from None


def _for_whom(email: str) -> str:
    return f"It is for {invitations.masked(email)}. Sign in with that address, or ask for an invitation to yours."


def _lost(request: HttpRequest, error: OneClickError) -> HttpResponse:
    """Without a link there is nothing to join; who isn't signed in may just have to."""
    return refused(request, error) if INVITED in request.session else to_sign_in(request)
