"""Addresses for looking at the kit: the product's own, and some that fail on purpose."""

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import path
from psycopg import OperationalError

from oneclick.project import urls

PAGES = {
    "/": 200,
    "/style": 200,
    "/nope": 404,
    "/fails/400": 400,
    "/fails/403": 403,
    "/fails/500": 500,
    "/fails/503": 503,
}
"""Every page of the kit and of the website, with its status."""

ERRORS = {400: BadRequest, 403: PermissionDenied, 500: RuntimeError, 503: OperationalError}


def fail(request: HttpRequest, status: int) -> HttpResponse:
    raise ERRORS[status]("on purpose")


urlpatterns = [path("fails/<int:status>", fail), *urls.urlpatterns]
handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500
