"""`/healthz`, `/readyz` and `/metrics`: for whoever watches the installation. They say nothing of a tenant."""

from functools import cache

import psycopg
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from oneclick.project.database import direct_parameters
from oneclick.project.errors import DatabaseNotReady
from oneclick.project.faults import as_fault
from oneclick.project.migration import missing
from oneclick.telemetry import metrics

PATIENCE_S = 2


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200: this process is alive."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200: requests can be served; 503: not now, and which check says so."""
    checks = {"database": _database(), "migrations": "unknown"}
    if checks["database"] == "ok":
        checks["migrations"] = _migrations()
    is_ready = all(result == "ok" for result in checks.values())
    return JsonResponse(
        {"status": "ok" if is_ready else "unavailable", "checks": checks}, status=200 if is_ready else 503
    )


@require_safe
@never_cache
def show_metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format."""
    return HttpResponse(metrics.exposition(), content_type=metrics.CONTENT_TYPE)


def _database() -> str:
    """Asked over a connection of its own: the pool would wait longer than whoever asks."""
    parameters = direct_parameters(application_name="oneclick-ready") | {"connect_timeout": PATIENCE_S}
    try:
        with psycopg.connect(**parameters) as own:
            own.execute("SELECT 1")
    except psycopg.Error:
        return "unreachable"
    return "ok"


def _migrations() -> str:
    try:
        _demand_migrated()
    except Exception as error:
        fault = as_fault(error)
        if fault is None:
            raise
        return "pending" if isinstance(fault, DatabaseNotReady) else "unknown"
    return "ok"


@cache
def _demand_migrated() -> None:
    """Asked until it is so (what is raised isn't remembered): a database doesn't go back under a running process."""
    if missing():
        raise DatabaseNotReady
