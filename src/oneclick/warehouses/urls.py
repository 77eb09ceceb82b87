"""The addresses of the connections to customers' accounts."""

from django.urls import URLPattern, path

from oneclick.warehouses import views

ACCOUNT = "accounts/<uuid:link_id>"

urlpatterns: list[URLPattern] = [
    path("accounts", views.accounts, name="connected-accounts"),
    path(ACCOUNT, views.account, name="connected-account"),
    path(f"{ACCOUNT}/remove", views.remove, name="connected-account-remove"),
]
