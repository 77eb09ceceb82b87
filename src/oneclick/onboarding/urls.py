"""The addresses on the way to a warehouse."""

from django.urls import URLPattern, path

from oneclick.onboarding import views

SETUP = "start/<uuid:setup_id>"

urlpatterns: list[URLPattern] = [
    path("start", views.start, name="start"),
    path(SETUP, views.go_on, name="setup"),
    path(f"{SETUP}/give-up", views.give_up, name="setup-give-up"),
    path(f"{SETUP}/hand-over", views.hand_over, name="setup-hand-over"),
    path(f"{SETUP}/progress", views.progress, name="setup-progress"),
    path(f"{SETUP}/<slug:key>", views.step, name="setup-step"),
    path("handover", views.handover, name="handover"),
]
