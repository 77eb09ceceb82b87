"""Every address of the product."""

from django.urls import URLPattern, URLResolver, path

from oneclick.project.api import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", api.urls),
]
