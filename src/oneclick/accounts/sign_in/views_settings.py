"""Setting up identity providers."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from oneclick.accounts.roles import Permission, Principal
from oneclick.accounts.sign_in import providers
from oneclick.accounts.sign_in.attempts import Purpose, redirect_uri
from oneclick.accounts.sign_in.errors import ProviderUnusable
from oneclick.accounts.sign_in.forms import ProviderForm
from oneclick.accounts.sign_in.freshness import fresh_sign_in
from oneclick.accounts.sign_in.models import IdentityProvider, ProviderKind
from oneclick.accounts.sign_in.pages import leave_for, with_permission
from oneclick.accounts.sign_in.presets import OFFERED, PRESETS

admin_only = with_permission(Permission.MANAGE_SIGN_IN)


@admin_only
@require_safe
def listed(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The organisation's providers, and which can be added."""
    context = {"providers": providers.providers(principal.organisation_id), "kinds": OFFERED}
    return render(request, "sign_in/providers.html", context)


@admin_only
@fresh_sign_in
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, principal: Principal, kind: str) -> HttpResponse:
    """Set a provider up."""
    if kind not in OFFERED:
        raise Http404
    chosen = ProviderKind(kind)
    form = ProviderForm(request.POST or None, kind=chosen, is_new=True, initial={"slug": providers.new_slug()})
    if request.method == "POST" and form.is_valid():
        try:
            made = providers.add_provider(principal, form.given(), slug=form.cleaned_data["slug"])
        except ProviderUnusable as error:
            form.add_error(None, f"{error.message} {error.hint}")
        else:
            return redirect("sign-in-provider", provider_id=made.id)
    slug = form.data.get("slug") or form.initial["slug"]
    return _form(request, form, IdentityProvider(kind=chosen, slug=slug))


@admin_only
@fresh_sign_in
@require_http_methods(["GET", "HEAD", "POST"])
def shown(request: HttpRequest, principal: Principal, provider_id: UUID) -> HttpResponse:
    """Look at a provider, and change it."""
    found = providers.provider(principal, provider_id)
    if request.method != "POST":
        return _form(request, ProviderForm.shown(found), found)
    form = ProviderForm(request.POST, kind=found.kind_of, is_new=False)
    if form.is_valid():
        try:
            providers.change_provider(principal, provider_id, form.given())
        except ProviderUnusable as error:
            form.add_error(None, f"{error.message} {error.hint}")
        else:
            return redirect("sign-in-provider", provider_id=provider_id)
    return _form(request, form, found)


@admin_only
@require_POST
def test(request: HttpRequest, principal: Principal, provider_id: UUID) -> HttpResponse:
    """Go through a sign-in without changing anything, to see what the provider says."""
    providers.reach(principal, provider_id)
    return leave_for(request, providers.provider(principal, provider_id), purpose=Purpose.TEST)


@admin_only
@fresh_sign_in
@require_POST
def enforce(request: HttpRequest, principal: Principal, provider_id: UUID) -> HttpResponse:
    """Let people in through it alone, or no longer so."""
    change = providers.stop_enforcing if request.POST.get("stop") else providers.enforce_provider
    change(principal, provider_id)
    return redirect("sign-in-provider", provider_id=provider_id)


@admin_only
@fresh_sign_in
@require_POST
def remove(request: HttpRequest, principal: Principal, provider_id: UUID) -> HttpResponse:
    """Remove it, after its name was typed."""
    found = providers.provider(principal, provider_id)
    if request.POST.get("confirmed_name") != found.get_kind_display():
        raise ProviderUnusable("The name doesn't match.", hint=f"Type {found.get_kind_display()} to remove it.")
    providers.remove_provider(principal, provider_id)
    return redirect("sign-in-providers")


def _form(request: HttpRequest, form: ProviderForm, provider: IdentityProvider) -> HttpResponse:
    context = {
        "form": form, "provider": provider, "is_new": provider._state.adding, "redirect_uri": redirect_uri(provider),  # noqa: SLF001 - Django's own word for it
        "preset": PRESETS[provider.kind_of],
    }  # fmt: skip
    return render(request, "sign_in/provider.html", context, status=400 if form.is_bound and form.errors else 200)
