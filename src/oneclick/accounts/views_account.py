"""What people choose for themselves."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from oneclick.accounts import preferences
from oneclick.accounts.forms import TimeZoneForm
from oneclick.accounts.membership import user_of
from oneclick.accounts.pages import attempt, done, form_status
from oneclick.accounts.sign_in.pages import signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def time_zone(request: HttpRequest) -> HttpResponse:
    """In which zone times are told."""
    user = user_of(request)
    form = TimeZoneForm(request.POST or None, initial={"time_zone": user.time_zone})
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["time_zone"]
        if attempt(form, lambda: preferences.choose_time_zone(user, name)):
            words = f"Times are told in the zone {name}." if name else "Times are told as your browser does."
            return done(request, words, "account-time-zone")
    return render(request, "accounts/time_zone.html", {"form": form}, status=form_status(form))
