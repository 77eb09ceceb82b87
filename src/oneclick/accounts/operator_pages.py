"""What the operators' pages share: who may see them."""

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache

from oneclick.accounts.membership import is_signed_in
from oneclick.accounts.operators import operator_of_request
from oneclick.accounts.pages import View, refused
from oneclick.accounts.sign_in.pages import to_sign_in
from oneclick.core.errors import OneClickError

Decorated = Callable[..., HttpResponseBase]


def operator_page(view: View) -> Decorated:
    """A view for operators, to which the operator is handed; everybody else learns who makes somebody one."""

    @never_cache
    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not is_signed_in(request):
            return to_sign_in(request)
        try:
            return view(request, operator_of_request(request), *args, **kwargs)
        except OneClickError as error:
            return refused(request, error)

    return guarded
