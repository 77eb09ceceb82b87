"""The addresses of the public pages."""

from django.urls import URLPattern, path

from oneclick.website import views

urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
    path("products", views.products, name="products"),
    path("pricing", views.pricing, name="pricing"),
    path("services", views.services, name="services"),
    path("about", views.about, name="about"),
    path("legal/<slug:key>", views.legal, name="legal"),
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", views.sitemap, name="sitemap"),
]
