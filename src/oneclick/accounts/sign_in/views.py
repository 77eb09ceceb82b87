"""The way in and out."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from oneclick.accounts.sign_in import attempts, entry, local, sessions
from oneclick.accounts.sign_in.attempts import Purpose, Return
from oneclick.accounts.sign_in.client import address_of
from oneclick.accounts.sign_in.errors import ProviderNotFound, SignInRefused
from oneclick.accounts.sign_in.exchange import claims_of
from oneclick.accounts.sign_in.finding import offered, providers_for
from oneclick.accounts.sign_in.forms import LinkForm, LocalForm, WhoForm
from oneclick.accounts.sign_in.limits import count_try
from oneclick.accounts.sign_in.models import IdentityProvider
from oneclick.accounts.sign_in.pages import at_origin, leave_for, refused, safe_next, signed_in
from oneclick.accounts.sign_in.qr import qr_code
from oneclick.accounts.sign_in.session_store import row_of
from oneclick.accounts.sign_in.totp import address
from oneclick.core.errors import OneClickError
from oneclick.core.secrets import SecretText
from oneclick.secret_store import services as secret_store

MINUTE = timedelta(minutes=1)
TRIES_A_MINUTE = 30


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_page(request: HttpRequest) -> HttpResponse:
    """Buttons where there is one organisation, else a field for the e-mail address; POST finds the provider."""
    next_path = safe_next(request.POST.get("next") or request.GET.get("next", ""))
    if request.method == "POST":
        return _found(request, next_path)
    if request.user.is_authenticated:
        return redirect(next_path)
    if elsewhere := at_origin(request):
        return elsewhere
    return _ask(request, WhoForm(), next_path, offered())


@never_cache
@require_POST
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Leave for a provider. Nothing but the place to come back to is taken from the request."""
    provider = IdentityProvider.objects.select_related("organisation").filter(slug=slug).first()
    if provider is None:
        return refused(request, ProviderNotFound())
    return _leave(request, provider, safe_next(request.POST.get("next", "")))


@never_cache
@require_GET
def callback(request: HttpRequest, slug: str) -> HttpResponse:
    """Come back from a provider."""
    back: Return | None = None
    try:
        _count(request)
        back = attempts.finish(
            slug,
            state=request.GET.get("state", ""),
            browser=request.COOKIES.get(settings.ONECLICK_ATTEMPT_COOKIE, ""),
        )
        return _come_back(request, back)
    except OneClickError as error:
        entry.note_refusal(error, back.provider if back else None)
        return refused(request, error)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def local_page(request: HttpRequest) -> HttpResponse:
    """Sign in to a local account."""
    next_path = safe_next(request.POST.get("next") or request.GET.get("next", ""))
    form = LocalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _count(request)
            user = local.authenticate(
                form.cleaned_data["email"], password=SecretText(form.cleaned_data["password"]),
                code=form.cleaned_data["code"], address=address_of(request) or "",
            )  # fmt: skip
            entry.enter_locally(request, user)
            return redirect(next_path)
        except OneClickError as error:
            entry.note_refusal(error, None)
            form.add_error(None, f"{error.message} {error.hint}")
    return render(request, "sign_in/local.html", {"form": form, "next": next_path}, status=_status(form))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link_page(request: HttpRequest) -> HttpResponse:
    """Open a one-time link: GET shows what to scan and changes nothing, POST makes the account and signs in."""
    token = SecretText(request.POST.get("token") or request.GET.get("token", ""))
    try:
        _count(request)
        link = local.look_at(token)
    except OneClickError as error:
        return refused(request, error)
    form = LinkForm(request.POST or None, initial={"token": token.reveal()})
    if request.method == "POST" and form.is_valid():
        try:
            user = local.open_link(
                token, password=SecretText(form.cleaned_data["password"]), code=form.cleaned_data["code"]
            )
            entry.enter_locally(request, user)
            return redirect("/")
        except OneClickError as error:
            form.add_error(None, f"{error.message} {error.hint}")
    secret = secret_store.get(link.totp_reference)
    code = address(secret, account=link.email, issuer="One-Click DWH")
    context = {"form": form, "link": link, "qr": qr_code(code), "secret": secret.reveal()}
    return render(request, "sign_in/link.html", context, status=_status(form))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def again(request: HttpRequest) -> HttpResponse:
    """Sign in once more before something that destroys or reveals."""
    next_path = safe_next(request.POST.get("next") or request.GET.get("next", ""))
    row = row_of(request.session)
    if row is not None and row.provider is not None:
        if request.method == "POST":
            return _leave(request, row.provider, next_path, Purpose.FRESH)
        return render(request, "sign_in/again.html", {"provider": row.provider, "next": next_path})
    form = LocalForm(request.POST or None, initial={"email": getattr(request.user, "email", "")})
    if request.method == "POST" and form.is_valid():
        try:
            user = local.authenticate(
                getattr(request.user, "subject", ""), password=SecretText(form.cleaned_data["password"]),
                code=form.cleaned_data["code"], address=address_of(request) or "",
            )  # fmt: skip
            entry.enter_locally(request, user)
            return redirect(next_path)
        except OneClickError as error:
            form.add_error(None, f"{error.message} {error.hint}")
    return render(request, "sign_in/again.html", {"form": form, "next": next_path}, status=_status(form))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this browser's session."""
    sessions.sign_out(request)
    return redirect(settings.LOGIN_URL)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that didn't come from a page of ours, or from one that is too old."""
    error = SignInRefused("This form is too old, or didn't come from our own page.", hint="Reload the page, try again.")
    return refused(request, error, status=403)


def _come_back(request: HttpRequest, back: Return) -> HttpResponse:
    if "error" in request.GET:
        word = request.GET["error"]
        is_known = word.replace("_", "").isalpha() and len(word) <= 40  # noqa: PLR2004 - the longest there is has 30
        raise SignInRefused(f"Your identity provider stopped the sign-in{f' ({word})' if is_known else ''}.")
    claims = claims_of(back, code=request.GET.get("code", ""), named_issuer=request.GET.get("iss"))
    if back.purpose is Purpose.TEST:
        person = entry.try_out(request, back, claims)
        return render(request, "sign_in/tested.html", {"person": person, "provider": back.provider})
    if back.purpose is Purpose.FRESH:
        entry.refresh(request, back, claims)
    else:
        entry.enter(request, back, claims)
    return redirect(back.next_path)


def _found(request: HttpRequest, next_path: str) -> HttpResponse:
    form = WhoForm(request.POST)
    if not form.is_valid():
        return _ask(request, form, next_path, offered(), status=400)
    found = providers_for(form.cleaned_data["email"])
    if len(found) == 1:
        return _leave(request, found[0], next_path)
    if not found:
        form.add_error("email", "No organisation here has that e-mail domain. Ask your admin how you sign in.")
    return _ask(request, form, next_path, found or offered(), status=200 if found else 404)


def _leave(
    request: HttpRequest, provider: IdentityProvider, next_path: str, purpose: Purpose = Purpose.SIGN_IN
) -> HttpResponse:
    try:
        _count(request)
        return leave_for(request, provider, purpose=purpose, next_path=next_path)
    except OneClickError as error:
        entry.note_refusal(error, provider)
        return refused(request, error)


def _ask(
    request: HttpRequest, form: WhoForm, next_path: str, providers: list[IdentityProvider], *, status: int = 200
) -> HttpResponse:
    context = {"form": form, "providers": providers, "next": next_path}
    return render(request, "sign_in/sign_in.html", context, status=status)


def _count(request: HttpRequest) -> None:
    count_try("sign-in", address_of(request) or "", most=TRIES_A_MINUTE, within=MINUTE)


def _status(form: LocalForm | LinkForm) -> int:
    return 400 if form.is_bound and form.errors else 200
