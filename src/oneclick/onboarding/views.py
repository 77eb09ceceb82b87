"""`/start`: one question per page. Every answer is kept, so that anybody can go on at any time."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from oneclick.accounts.pages import console_page, done, form_status, overtaken, refused
from oneclick.accounts.roles import Permission, Principal
from oneclick.billing.errors import TierNotAvailable
from oneclick.billing.services import current_tier
from oneclick.billing.tiers import TIERS
from oneclick.core.errors import OneClickError
from oneclick.core.secrets import SecretText
from oneclick.onboarding import services
from oneclick.onboarding.errors import HandoverNotFound
from oneclick.onboarding.forms import ShapeForm
from oneclick.onboarding.models import Setup
from oneclick.onboarding.steps import facts_of, first_open, is_checked, neighbours, steps_of
from oneclick.provisioning import queries, showing
from oneclick.provisioning.errors import NameTaken
from oneclick.warehouses import registry
from oneclick.warehouses.contract.errors import ContractError, InvalidConfig
from oneclick.warehouses.forms import DescribedForm

FORM = ["GET", "HEAD", "POST"]
admin_only = console_page(Permission.PROVISION_WAREHOUSES)
Answering = Callable[[HttpRequest, Principal, Setup], HttpResponse]


@require_http_methods(FORM)
@admin_only
def start(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Go on with what was begun; else the first question, whose answer begins."""
    if request.method == "POST":
        return _tier(request, principal, Setup(organisation_id=principal.organisation_id))
    setup = services.open_setup(principal)
    if setup is None:
        return _tier(request, principal, Setup(organisation_id=principal.organisation_id))
    context = {"setup": setup, "steps": steps_of(setup, principal)}
    return render(request, "onboarding/start.html", context)


@require_safe
@admin_only
def go_on(request: HttpRequest, principal: Principal, setup_id: UUID) -> HttpResponse:
    """To the first question without an answer, or to what came of it."""
    setup = services.setup_of(principal, setup_id)
    return _to(setup, "" if setup.job_id else first_open(steps_of(setup, principal)))


@require_POST
@admin_only
def give_up(request: HttpRequest, principal: Principal, setup_id: UUID) -> HttpResponse:
    """Forget it."""
    services.give_up(principal, setup_id)
    return done(request, "It is forgotten. Nothing was made.", "start")


@require_http_methods(FORM)
@admin_only
def step(request: HttpRequest, principal: Principal, setup_id: UUID, key: str) -> HttpResponse:
    """One question."""
    setup = services.setup_of(principal, setup_id)
    if setup.job_id is not None:
        return _to(setup, "")
    if key not in {each.key for each in steps_of(setup, principal)}:
        return _to(setup, "provider")
    return STEPS[key](request, principal, setup)


@require_safe
@admin_only
def progress(request: HttpRequest, principal: Principal, setup_id: UUID) -> HttpResponse:
    """What came of the last click, live, and what to do next."""
    setup = services.setup_of(principal, setup_id)
    if setup.job_id is None:
        return redirect("setup", setup.id)
    job = queries.job(principal.organisation_id, setup.job_id)
    (shown,) = showing.shown_jobs(principal, [job])
    shown_steps = showing.steps_of(job)
    context = {
        "setup": setup, "shown": shown, "job": job, "steps": shown_steps, "may_change": True,
        "done": sum(each.state == "ok" for each in shown_steps),
    }  # fmt: skip
    return render(request, "onboarding/progress.html", context)


@require_POST
@admin_only
def hand_over(request: HttpRequest, principal: Principal, setup_id: UUID) -> HttpResponse:
    """Make a page for whoever runs the account. The answer shows its address, this once."""
    setup = services.setup_of(principal, setup_id)
    try:
        made = services.hand_over(setup)
    except InvalidConfig as error:
        return overtaken(request, error, "setup", setup.id)
    context = _context(principal, setup, "connect") | {"link": settings.ONECLICK_ORIGIN + made.path}
    return render(request, "onboarding/handed_over.html", context, status=201)


@never_cache
@require_safe
def handover(request: HttpRequest) -> HttpResponse:
    """The set-up steps for whoever runs the account: no secret, no sign-in, no data."""
    try:
        setup = services.handed_over(SecretText(request.GET.get("token", "")))
    except HandoverNotFound as error:
        return refused(request, error)
    context = {"setup": setup, "facts": facts_of(setup), "setup_steps": services.setup_steps(setup)}
    answer = render(request, "onboarding/handover.html", context)
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    return answer


# -- the questions ---------------------------------------------------------------------------------------------


def _tier(request: HttpRequest, principal: Principal, setup: Setup) -> HttpResponse:
    form = forms.Form(_typed(request))
    if request.method == "POST":
        try:
            setup = services.answer_tier(principal, setup, request.POST.get("tier", ""))
            return _next(setup, principal, "tier")
        except TierNotAvailable as error:
            form.add_error(None, f"{error.message} {error.hint}")
    context = _context(principal, setup, "tier") | {"form": form, "tiers": TIERS, "current": current_tier(principal)}
    return render(request, "onboarding/tier.html", context, status=form_status(form))


def _provider(request: HttpRequest, principal: Principal, setup: Setup) -> HttpResponse:
    form = forms.Form(_typed(request))
    if request.method == "POST":
        try:
            services.answer_provider(setup, request.POST.get("provider", ""))
            return _next(setup, principal, "provider")
        except InvalidConfig as error:
            form.add_error(None, f"{error.message} {error.hint}")
    offered = [registry.adapter_class(each).facts for each in registry.providers()]
    chosen = setup.answer("provider").get("provider", "") or registry.DEFAULT
    context = _context(principal, setup, "provider") | {"form": form, "offered": offered, "chosen": chosen}
    return render(request, "onboarding/provider.html", context, status=form_status(form))


def _connect(request: HttpRequest, principal: Principal, setup: Setup) -> HttpResponse:
    facts = facts_of(setup)
    if facts is None:
        return _to(setup, "provider")
    form = DescribedForm(_typed(request), described=facts.fields, initial=setup.answer("connect"))
    if request.method == "POST":
        if link_id := _uuid(request.POST.get("link", "")):
            services.choose_link(principal, setup, link_id)
            return _next(setup, principal, "connect")
        plain = {field.name for field in facts.fields if not field.is_secret}
        services.keep(setup, "connect", {name: form.data.get(name, "") for name in plain})
        if "back" in request.POST:
            return _back(setup, principal, "connect")
        if form.is_valid():
            try:
                services.connect(principal, setup, form.config, form.secrets)
                return _next(setup, principal, "connect")
            except (InvalidConfig, OneClickError) as error:
                form.add_error(None, f"{error.message} {error.hint}".strip())
    context = _context(principal, setup, "connect") | {
        "form": form, "facts": facts, "setup_steps": services.setup_steps(setup), "links": services.links(setup),
    }  # fmt: skip
    return render(request, "onboarding/connect.html", context, status=form_status(form))


def _check(request: HttpRequest, principal: Principal, setup: Setup) -> HttpResponse:
    context = _context(principal, setup, "check")
    if setup.account_link is None:
        return _to(setup, "connect")
    if "now" in request.GET:
        try:
            context["checks"] = services.check(principal, setup)
        except ContractError as error:
            context["failure"] = error
        context |= _context(principal, setup, "check") | {"is_checked": is_checked(setup)}
        if is_checked(setup) and "again" in request.GET and "HX-Request" in request.headers:
            return HttpResponseClientRedirect(f"/start/{setup.id}/shape")
    return render(request, "onboarding/check.html", context)


def _shape(request: HttpRequest, principal: Principal, setup: Setup) -> HttpResponse:
    facts = facts_of(setup)
    if facts is None:
        return _to(setup, "provider")
    form = ShapeForm(_typed(request), facts=facts, initial=setup.answer("shape"))
    if request.method == "POST":
        services.keep(setup, "shape", {name: form.data.get(name, "") for name in form.fields})
        if "back" in request.POST:
            return _back(setup, principal, "shape")
        if form.is_valid():
            try:
                services.answer_shape(setup, form.spec())
                return _next(setup, principal, "shape")
            except (InvalidConfig, NameTaken) as error:
                form.add_error(_field_of(error, form), f"{error.message} {error.hint}".strip())
    context = _context(principal, setup, "shape") | {"form": form, "facts": facts}
    return render(request, "onboarding/shape.html", context, status=form_status(form))


def _review(request: HttpRequest, principal: Principal, setup: Setup) -> HttpResponse:
    context = _context(principal, setup, "review")
    unanswered = first_open(context["steps"])
    if unanswered != "review":
        return _to(setup, unanswered)
    if request.method == "POST":
        if "back" in request.POST:
            return _back(setup, principal, "review")
        try:
            services.create(principal, setup)
            return _to(setup, "")
        except (InvalidConfig, NameTaken) as error:
            context["failure"] = error
    else:
        try:
            context["plan"] = services.plan(principal, setup)
        except ContractError as error:
            context["failure"] = error
    context |= {"spec": services.spec_of(setup), "facts": facts_of(setup)}
    return render(request, "onboarding/review.html", context, status=422 if request.method == "POST" else 200)


STEPS: dict[str, Answering] = {
    "tier": _tier, "provider": _provider, "connect": _connect, "check": _check, "shape": _shape, "review": _review,
}  # fmt: skip


def _context(principal: Principal, setup: Setup, key: str) -> dict[str, Any]:
    steps = steps_of(setup, principal)
    before, after = neighbours(steps, key)
    return {"setup": setup, "steps": steps, "key": key, "before": before, "after": after}


def _next(setup: Setup, principal: Principal, key: str) -> HttpResponse:
    return _to(setup, neighbours(steps_of(setup, principal), key)[1])


def _back(setup: Setup, principal: Principal, key: str) -> HttpResponse:
    return _to(setup, neighbours(steps_of(setup, principal), key)[0])


def _to(setup: Setup, key: str) -> HttpResponse:
    return redirect("setup-step", setup.id, key) if key else redirect("setup-progress", setup.id)


def _field_of(error: OneClickError, form: forms.Form) -> str | None:
    """The field that the message is about, by its first words."""
    starts = {"name": ("The name", "A warehouse named"), "size": ("The size",), "region": ("The region",)}
    starts |= {"monthly_spend_cap": ("The monthly spend cap",)}
    return next(
        (name for name, words in starts.items() if name in form.fields and error.message.startswith(words)), None
    )


def _typed(request: HttpRequest) -> QueryDict | None:
    """What was sent, even where nothing was; None where nothing was asked for."""
    return request.POST if request.method == "POST" else None


def _uuid(raw: str) -> UUID | None:
    try:
        return UUID(raw)
    except ValueError:
        return None
