"""The kit's own addresses."""

from django.urls import URLPattern, path

from oneclick.web import style

urlpatterns: list[URLPattern] = [path("style", style.show, name="style")]
