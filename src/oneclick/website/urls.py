"""The addresses of the public pages."""

from django.urls import URLPattern, path

from oneclick.website import views

urlpatterns: list[URLPattern] = [path("", views.home, name="home")]
