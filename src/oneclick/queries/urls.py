"""The addresses of tables and of queries."""

from django.urls import URLPattern, path

from oneclick.queries import views_sql, views_tables

WAREHOUSE = "warehouses/<uuid:warehouse_id>"

urlpatterns: list[URLPattern] = [
    path(f"{WAREHOUSE}/tables", views_tables.warehouse_tables, name="warehouse-tables"),
    path(f"{WAREHOUSE}/table", views_tables.warehouse_table, name="warehouse-table"),
    path("sql", views_sql.sql, name="sql"),
    path("sql/history", views_sql.sql_history, name="sql-history"),
    path("sql/<uuid:query_id>/stop", views_sql.stop, name="sql-stop"),
]
