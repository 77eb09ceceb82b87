"""`/team`: who belongs to the organisation, and who was invited."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from oneclick.accounts import invitations, queries, services
from oneclick.accounts import members as membership
from oneclick.accounts.forms import InvitationForm, OrganisationForm, RoleForm
from oneclick.accounts.models import Membership
from oneclick.accounts.pages import attempt, console_page, done, form_status, fresh
from oneclick.accounts.paging import MORE, before_of, list_page
from oneclick.accounts.roles import Permission, Principal, Role

FORM = ["GET", "HEAD", "POST"]


@require_safe
@console_page(Permission.VIEW_MEMBERS)
def team(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Who belongs to the organisation."""
    sought = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    found = queries.members(principal.organisation_id, sought, limit=MORE, before=before_of(request))
    page = list_page(request, found, key=lambda each: each.user_id)
    return render(request, "accounts/team.html", {"page": page, "q": sought, **_may(principal)})


@require_http_methods(FORM)
@console_page(Permission.VIEW_MEMBERS)
def member(request: HttpRequest, principal: Principal, user_id: UUID) -> HttpResponse:
    """One member: facts, and for admins the role to give."""
    found = queries.member(principal.organisation_id, user_id)
    if request.method == "POST":
        principal.demand(Permission.MANAGE_MEMBERS)
        return _give_role(request, principal, found)
    return _member(request, principal, found, RoleForm(initial={"role": found.role}))


@fresh
def _give_role(request: HttpRequest, principal: Principal, found: Membership) -> HttpResponse:
    form = RoleForm(request.POST)
    if form.is_valid():
        role = Role(form.cleaned_data["role"])
        if attempt(form, lambda: membership.change_role(principal, found.user_id, role)):
            return done(request, f"{found.user} is {role.label.lower()} now.", "team-member", found.user_id)
    return _member(request, principal, found, form)


def _member(request: HttpRequest, principal: Principal, found: Membership, form: RoleForm) -> HttpResponse:
    context = {"member": found, "form": form, "is_you": principal.id == str(found.user_id), **_may(principal)}
    return render(request, "accounts/member.html", context, status=form_status(form))


@require_http_methods(FORM)
@console_page(Permission.MANAGE_MEMBERS)
@fresh
def remove(request: HttpRequest, principal: Principal, user_id: UUID) -> HttpResponse:
    """What somebody loses; POST takes them out."""
    found = queries.member(principal.organisation_id, user_id)
    if request.method == "POST":
        membership.remove_member(principal, user_id)
        return done(request, f"{found.user} is no longer a member.", "team")
    return render(request, "accounts/remove.html", {"member": found})


@require_safe
@console_page(Permission.MANAGE_MEMBERS)
def removed(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Who was removed, and may be let in again."""
    found = queries.removed_members(principal.organisation_id, limit=MORE, before=before_of(request))
    page = list_page(request, found, key=lambda each: each.id)
    names = queries.names_of(principal.organisation_id, (each.removed_by for each in page.items))
    lines = [(each, names.get(each.removed_by, each.removed_by)) for each in page.items]
    return render(request, "accounts/removed.html", {"page": page, "lines": lines, **_may(principal)})


@require_POST
@console_page(Permission.MANAGE_MEMBERS)
@fresh
def readmit(request: HttpRequest, principal: Principal, user_id: UUID) -> HttpResponse:
    """Let somebody come in again."""
    membership.readmit(principal, user_id)
    return done(request, "They may come in again: by your identity provider, or by an invitation.", "team-removed")


@require_http_methods(FORM)
@console_page()
@fresh
def leave(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Leave the organisation oneself."""
    here = queries.organisation_of(principal.organisation_id)
    if request.method == "POST":
        membership.leave(principal)
        return done(request, f"You left {here.name}.", "organisations")
    return render(request, "accounts/leave.html", {"organisation": here})


@require_safe
@console_page(Permission.MANAGE_MEMBERS)
def invited(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Invitations, whatever became of them."""
    found = queries.invitations(principal.organisation_id, limit=MORE, before=before_of(request))
    page = list_page(request, found, key=lambda each: each.id)
    return render(request, "accounts/invitations.html", {"page": page, **_may(principal)})


@require_http_methods(FORM)
@console_page(Permission.MANAGE_MEMBERS)
@fresh
def invite(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Invite somebody. The answer to POST shows the link, this once."""
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        made = attempt(
            form,
            lambda: invitations.invite(
                principal, email=wanted["email"], role=Role(wanted["role"]), days=wanted["days"]
            ),
        )
        if made:
            context = {"invitation": made.invitation, "link": settings.ONECLICK_ORIGIN + made.path}
            return render(request, "accounts/invited.html", context, status=201)
    return render(request, "accounts/invite.html", {"form": form}, status=form_status(form))


@require_POST
@console_page(Permission.MANAGE_MEMBERS)
def revoke_invitation(request: HttpRequest, principal: Principal, invitation_id: UUID) -> HttpResponse:
    """Take an invitation back."""
    gone = invitations.revoke_invitation(principal, invitation_id)
    return done(request, f"The invitation to {gone.email} works no more.", "team-invitations")


@require_http_methods(FORM)
@console_page(Permission.MANAGE_ORGANISATION)
def organisation(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The organisation's name."""
    here = queries.organisation_of(principal.organisation_id)
    form = OrganisationForm(request.POST or None, initial={"name": here.name})
    if request.method == "POST" and form.is_valid():
        named = attempt(form, lambda: services.rename_organisation(principal, form.cleaned_data["name"]))
        if named:
            return done(request, f"The organisation is called {named.name} now.", "organisation")
    context = {"form": form, "organisation": here, **_may(principal)}
    return render(request, "accounts/organisation.html", context, status=form_status(form))


def _may(principal: Principal) -> dict[str, object]:
    """What the tabs and buttons of these pages ask."""
    return {
        "principal": principal,
        "may_manage": principal.may(Permission.MANAGE_MEMBERS),
        "may_rename": principal.may(Permission.MANAGE_ORGANISATION),
    }
