"""Answers the bridge's questions: whose request is it, and how much may it bring?"""

import re
import shutil
from dataclasses import dataclass
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from oneclick.accounts.bearer import principal_from_header
from oneclick.accounts.membership import is_signed_in, principal_of_request
from oneclick.accounts.pages import console_page
from oneclick.accounts.roles import Permission, Principal
from oneclick.project import admission
from oneclick.project.admission import Admission
from oneclick.project.answers import refusal
from oneclick.project.errors import BodyNotStored, BodyTooLarge
from oneclick.project.faults import as_fault
from oneclick.project.middleware import GetResponse

ORDINARY_BYTES = 1 << 20
"""What a request may bring that brings no file."""

FREE_BYTES = 512 << 20
"""What an upload must leave free on the disk."""


@dataclass(frozen=True, kw_only=True)
class _Need:
    """An address that may keep a thread for long, and what it takes to be let in, which the view itself asks again.

    `is_page`: who isn't let in reads a page, and not the API's JSON.
    """

    method: str
    path: re.Pattern[str]
    permission: Permission
    is_file: bool = False
    is_page: bool = False


_WAREHOUSE = r"/api/warehouses/[^/]+"
_PAGE = r"/warehouses/[^/]+"
NEEDS = (
    _Need(method="POST", path=re.compile(f"{_WAREHOUSE}/query"), permission=Permission.QUERY_DATA),
    _Need(method="POST", path=re.compile(f"{_WAREHOUSE}/load"), permission=Permission.LOAD_DATA, is_file=True),
    _Need(method="POST", path=re.compile(f"{_PAGE}/load"), permission=Permission.LOAD_DATA, is_file=True, is_page=True),
    _Need(method="POST", path=re.compile("/sql"), permission=Permission.QUERY_DATA, is_page=True),
    _Need(method="GET", path=re.compile(f"{_PAGE}/tables?"), permission=Permission.QUERY_DATA, is_page=True),
    _Need(method="GET", path=re.compile(f"{_WAREHOUSE}/table(s|/rows)?"), permission=Permission.QUERY_DATA),
    # What looks into the customer's account waits for a server that isn't ours.
    _Need(method="POST", path=re.compile("/api/plans"), permission=Permission.VIEW_WAREHOUSES),
    _Need(method="GET", path=re.compile(f"{_WAREHOUSE}/(losses|repair|status)"), permission=Permission.VIEW_WAREHOUSES),
    _Need(method="DELETE", path=re.compile(_WAREHOUSE), permission=Permission.VIEW_WAREHOUSES),
)


class AdmissionMiddleware:
    """The innermost one, so that the caller is known as the page itself would know it. No view runs for a question."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one request, or one question about it."""
        asked = request.META.get(admission.KEY)
        if not isinstance(asked, Admission):
            return self.get_response(request)
        need = _need(request.method or "", request.path_info)
        if need and need.is_page:
            return _asked_for_page(request, need, asked)
        try:
            _decide(request, asked)
        except Exception as error:
            fault = as_fault(error)
            if fault is None:
                raise
            return refusal(fault)
        return HttpResponse(status=204)


def is_long(method: str, path: str) -> bool:
    """Whether such a request may keep a thread for long."""
    return _need(method, path) is not None


def _decide(request: HttpRequest, asked: Admission) -> None:
    if asked.failure:
        raise asked.failure
    _grant(_principal(request), _need(request.method or "", request.path_info), asked)


def _asked_for_page(request: HttpRequest, need: _Need, asked: Admission) -> HttpResponse:
    """The answer to a question about a page: 204, the way to sign in, or a page that says why not."""

    @console_page()
    def decided(request: HttpRequest, principal: Principal) -> HttpResponse:
        if asked.failure:
            raise asked.failure
        _grant(principal, need, asked)
        return HttpResponse(status=204)

    return cast("HttpResponse", decided(request))


def _grant(principal: Principal, need: _Need | None, asked: Admission) -> None:
    if need:
        principal.demand(need.permission)
    most = _upload_bytes() if need and need.is_file else ORDINARY_BYTES
    declared = asked.declared_bytes or 0
    if declared > most:
        raise BodyTooLarge(f"The request's body has {declared >> 20} MiB; at most {most >> 20} are taken here.")
    if declared > ORDINARY_BYTES and declared > shutil.disk_usage(settings.HOME).free - FREE_BYTES:
        raise BodyNotStored
    asked.max_bytes = most
    asked.organisation = str(principal.organisation_id)


def _principal(request: HttpRequest) -> Principal:
    if "Authorization" in request.headers or not is_signed_in(request):
        return principal_from_header(request.headers.get("Authorization", ""))
    return principal_of_request(request)


def _need(method: str, path: str) -> _Need | None:
    method = "GET" if method == "HEAD" else method
    return next((need for need in NEEDS if need.method == method and need.path.fullmatch(path)), None)


def _upload_bytes() -> int:
    most: int = settings.ENVIRONMENT.upload_mb << 20
    return most
