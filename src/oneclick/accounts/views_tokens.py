"""`/tokens`: API tokens, and the service accounts of programs."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from oneclick.accounts import queries
from oneclick.accounts import tokens as issuing
from oneclick.accounts.forms import ServiceAccountForm, TokenForm
from oneclick.accounts.models import ApiToken, ServiceAccount
from oneclick.accounts.pages import attempt, console_page, done, form_status, fresh
from oneclick.accounts.paging import MORE, before_of, list_page
from oneclick.accounts.roles import Permission, Principal, Role
from oneclick.core.secrets import SecretText

FORM = ["GET", "HEAD", "POST"]


@require_safe
@console_page(Permission.MAKE_TOKENS)
def tokens(request: HttpRequest, principal: Principal) -> HttpResponse:
    """One's own tokens; for admins those of everybody."""
    found = queries.tokens(principal, limit=MORE, before=before_of(request))
    page = list_page(request, found, key=lambda each: each.id)
    return render(request, "accounts/tokens.html", {"page": page, **_may(principal)})


@require_http_methods(FORM)
@console_page(Permission.MAKE_TOKENS)
@fresh
def new(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Make a token. The answer to POST shows it, this once."""
    form = TokenForm(request.POST or None, principal=principal, service_accounts=_accounts(principal))
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: _issue(principal, form))
        if made:
            token, raw = made
            return render(request, "accounts/token_made.html", {"token": token, "raw": raw.reveal()}, status=201)
    return render(request, "accounts/token_new.html", {"form": form}, status=form_status(form))


@require_POST
@console_page(Permission.MAKE_TOKENS)
def revoke(request: HttpRequest, principal: Principal, token_id: UUID) -> HttpResponse:
    """Stop a token from working."""
    gone = issuing.revoke_token(principal, str(token_id))
    return done(request, f"The token {gone.name} works no more.", "tokens")


@require_http_methods(FORM)
@console_page(Permission.MANAGE_TOKENS)
def service_accounts(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The accounts of programs; POST makes one."""
    form = ServiceAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        made = attempt(
            form,
            lambda: issuing.create_service_account(principal, name=wanted["name"], role=Role(wanted["role"])),
        )
        if made:
            return done(request, f"The service account {made.name} is there. Make a token for it now.", "tokens-new")
    context = {"accounts": queries.service_accounts(principal.organisation_id), "form": form, **_may(principal)}
    return render(request, "accounts/service_accounts.html", context, status=form_status(form))


@require_http_methods(FORM)
@console_page(Permission.MANAGE_TOKENS)
@fresh
def remove_service_account(request: HttpRequest, principal: Principal, account_id: UUID) -> HttpResponse:
    """What stops working; POST removes the account."""
    found = queries.service_account(principal.organisation_id, account_id)
    if request.method == "POST":
        issuing.remove_service_account(principal, account_id)
        return done(request, f"{found.name} and its tokens work no more.", "service-accounts")
    return render(request, "accounts/service_account_remove.html", {"account": found})


def _accounts(principal: Principal) -> list[ServiceAccount]:
    if not principal.may(Permission.MANAGE_TOKENS):
        return []
    return list(queries.service_accounts(principal.organisation_id))


def _issue(principal: Principal, form: TokenForm) -> tuple[ApiToken, SecretText]:
    wanted = form.cleaned_data
    account = wanted.get("service_account")
    return issuing.issue_token(
        principal,
        name=wanted["name"],
        role=Role(wanted["role"]),
        days=wanted["days"],
        scopes=form.wanted_scopes,
        service_account_id=UUID(account) if account else None,
    )


def _may(principal: Principal) -> dict[str, object]:
    return {"principal": principal, "may_manage": principal.may(Permission.MANAGE_TOKENS)}
