"""The addresses of notifications."""

from django.urls import URLPattern, path

from oneclick.notifications import views

urlpatterns: list[URLPattern] = [
    path("account/notifications", views.choices, name="account-notifications"),
    path("operator/mail", views.mail, name="operator-mail"),
]
