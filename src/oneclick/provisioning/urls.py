"""The addresses of warehouses and their changes."""

from django.urls import URLPattern, path

from oneclick.provisioning import views, views_overview, views_warehouses

WAREHOUSE = "warehouses/<uuid:warehouse_id>"
CHANGE = "changes/<uuid:job_id>"

urlpatterns: list[URLPattern] = [
    path("overview", views_overview.overview, name="overview"),
    path("changes", views.changes, name="changes"),
    path(CHANGE, views.change, name="change"),
    path(f"{CHANGE}/retry", views.retry, name="change-retry"),
    path(f"{CHANGE}/cancel", views.cancel, name="change-cancel"),
    path("warehouses", views_warehouses.warehouses, name="warehouses"),
    path(WAREHOUSE, views_warehouses.warehouse, name="warehouse"),
    path(f"{WAREHOUSE}/resources", views_warehouses.resources, name="warehouse-resources"),
    path(f"{WAREHOUSE}/check", views_warehouses.check, name="warehouse-check"),
    path(f"{WAREHOUSE}/repair", views_warehouses.repair, name="warehouse-repair"),
    path(f"{WAREHOUSE}/credentials", views_warehouses.credentials, name="warehouse-credentials"),
    path(f"{WAREHOUSE}/rotate", views_warehouses.rotate, name="warehouse-rotate"),
    path(f"{WAREHOUSE}/activity", views_warehouses.activity, name="warehouse-activity"),
    path(f"{WAREHOUSE}/settings", views_warehouses.settings, name="warehouse-settings"),
    path(f"{WAREHOUSE}/delete", views_warehouses.delete, name="warehouse-delete"),
]
