"""Every address of the product."""

from django.urls import URLPattern, URLResolver, include, path

from oneclick.project import health
from oneclick.project.api import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("oneclick.website.urls")),
    path("", include("oneclick.accounts.urls")),
    path("", include("oneclick.accounts.sign_in.urls")),
    path("", include("oneclick.billing.urls")),
    path("", include("oneclick.warehouses.urls")),
    path("", include("oneclick.provisioning.urls")),
    path("", include("oneclick.queries.urls")),
    path("", include("oneclick.pipelines.urls")),
    path("", include("oneclick.onboarding.urls")),
    path("", include("oneclick.operations.urls")),
    path("", include("oneclick.notifications.urls")),
    path("", include("oneclick.web.urls")),
    path("api/", api.urls),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.show_metrics),
]

handler400 = "oneclick.website.views.bad_request"
handler403 = "oneclick.website.views.not_allowed"
handler404 = "oneclick.website.views.not_found"
handler500 = "oneclick.project.answers.broken"
