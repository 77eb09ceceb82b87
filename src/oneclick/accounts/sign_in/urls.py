"""The addresses of sign-in, one's devices and the providers' settings."""

from django.urls import URLPattern, path

from oneclick.accounts.sign_in import views, views_account, views_settings

urlpatterns: list[URLPattern] = [
    path("sign-in/", views.sign_in_page, name="sign-in"),
    path("sign-in/start/<slug:slug>", views.start, name="sign-in-start"),
    path("sign-in/callback/<slug:slug>", views.callback, name="sign-in-callback"),
    path("sign-in/local", views.local_page, name="sign-in-local"),
    path("sign-in/link", views.link_page, name="sign-in-link"),
    path("sign-in/again", views.again, name="sign-in-again"),
    path("sign-in/out", views.sign_out, name="sign-out"),
    path("account/", views_account.devices, name="account-devices"),
    path("account/devices/<uuid:session_id>/end", views_account.end_device, name="account-device-end"),
    path("account/devices/end", views_account.end_all_devices, name="account-devices-end"),
    path("settings/sign-in/", views_settings.listed, name="sign-in-providers"),
    path("settings/sign-in/add/<slug:kind>", views_settings.add, name="sign-in-provider-add"),
    path("settings/sign-in/<uuid:provider_id>", views_settings.shown, name="sign-in-provider"),
    path("settings/sign-in/<uuid:provider_id>/test", views_settings.test, name="sign-in-provider-test"),
    path("settings/sign-in/<uuid:provider_id>/enforce", views_settings.enforce, name="sign-in-provider-enforce"),
    path("settings/sign-in/<uuid:provider_id>/remove", views_settings.remove, name="sign-in-provider-remove"),
]
