"""The addresses of the public pages."""

from django.urls import URLPattern, path

from oneclick.website import views

urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", views.sitemap, name="sitemap"),
]
