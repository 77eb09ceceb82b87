"""The addresses of data flows, their updates, and files that become tables."""

from django.urls import URLPattern, path

from oneclick.pipelines import views, views_connectors, views_load

FLOW = "flows/<uuid:flow_id>"
RUN = "flows/updates/<uuid:run_id>"
LOAD = "warehouses/<uuid:warehouse_id>/load"

urlpatterns: list[URLPattern] = [
    path("flows", views.flows, name="flows"),
    path("flows/new", views.choose_template, name="flow-new"),
    path("flows/connectors", views_connectors.list_connectors, name="flow-connectors"),
    path("flows/connectors/install", views_connectors.install, name="flow-connector-install"),
    path("operator/connectors", views_connectors.list_installed, name="operator-connectors"),
    path("operator/connectors/remove", views_connectors.remove, name="operator-connector-remove"),
    path("flows/new/<slug:key>", views.connect, name="flow-connect"),
    path(FLOW, views.flow, name="flow"),
    path(f"{FLOW}/connection", views.reconnect, name="flow-connection"),
    path(f"{FLOW}/check", views.check, name="flow-check"),
    path(f"{FLOW}/tables", views.tables, name="flow-tables"),
    path(f"{FLOW}/schedule", views.schedule, name="flow-schedule"),
    path(f"{FLOW}/updates", views.runs, name="flow-runs"),
    path(f"{FLOW}/run", views.run_now, name="flow-run-now"),
    path(f"{FLOW}/pause", views.pause, name="flow-pause"),
    path(f"{FLOW}/resume", views.resume, name="flow-resume"),
    path(f"{FLOW}/accept-columns", views.accept_columns, name="flow-accept-columns"),
    path(f"{FLOW}/remove", views.remove, name="flow-remove"),
    path(RUN, views.run, name="flow-run"),
    path(f"{RUN}/stop", views.stop, name="flow-run-stop"),
    path(LOAD, views_load.load_file, name="load-file"),
    path(f"{LOAD}/<uuid:upload_id>", views_load.upload, name="upload"),
]
