"""The addresses of the plan."""

from django.urls import URLPattern, path

from oneclick.billing import views

urlpatterns: list[URLPattern] = [path("plan", views.plan, name="plan")]
