"""The addresses of the operators' pages."""

from django.urls import URLPattern, path

from oneclick.operations import views

ORGANISATION = "operator/organisations/<uuid:organisation_id>"

urlpatterns: list[URLPattern] = [
    path("operator", views.home, name="operator"),
    path("operator/organisations", views.listed, name="operator-organisations"),
    path("operator/organisations/new", views.add_organisation, name="operator-organisation-new"),
    path(ORGANISATION, views.organisation, name="operator-organisation"),
    path(f"{ORGANISATION}/first-admin", views.first_admin, name="operator-first-admin"),
    path("operator/operators", views.operators_page, name="operator-operators"),
    path("operator/operators/<uuid:user_id>/take-back", views.take_back, name="operator-take-back"),
    path("operator/connections", views.connections, name="operator-connections"),
    path("operator/connections/<uuid:entry_id>/forget", views.forget, name="operator-forget"),
]
