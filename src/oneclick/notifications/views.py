"""One's own notifications, and the installation's mail server."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from oneclick.accounts.membership import user_of
from oneclick.accounts.operator_pages import operator_page
from oneclick.accounts.operators import Operator
from oneclick.accounts.pages import attempt, done, form_status
from oneclick.accounts.sign_in.pages import signed_in
from oneclick.notifications import audience, services
from oneclick.notifications.forms import ChoicesForm, TrialForm

FORM = ["GET", "HEAD", "POST"]


@require_http_methods(FORM)
@signed_in
def choices(request: HttpRequest) -> HttpResponse:
    """What one is told of by e-mail; POST chooses."""
    user = user_of(request)
    form = ChoicesForm(request.POST if request.method == "POST" else None, choices=audience.choices_of(user))
    if request.method == "POST" and form.is_valid():
        audience.choose(user, form.cleaned_data)
        return done(request, "Saved.", "account-notifications")
    context = {"form": form, "has_server": services.mail_server() is not None, "email": user.email}
    return render(request, "notifications/choices.html", context)


@require_http_methods(FORM)
@operator_page
def mail(request: HttpRequest, operator: Operator) -> HttpResponse:
    """Which mail server is set; POST sends a mail to try it."""
    form = TrialForm(request.POST or None, initial={"to": user_of(request).email})
    if request.method == "POST" and form.is_valid():
        to = form.cleaned_data["to"]
        if attempt(form, lambda: services.send_trial(to, actor=operator.label)):
            return done(request, f"The mail server took the mail to {to}.", "operator-mail")
    context = {"form": form, "server": services.mail_server()}
    return render(request, "notifications/mail_server.html", context, status=form_status(form))
