"""Who looks at a page, as far as the kit's frame must know: the rooms above tell, through `tell_viewer`."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An organisation that the viewer can switch to; `value` is what the form posts."""

    value: str
    label: str
    is_current: bool = False


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """The person and the organisation in the console's header.

    `switch_url` takes a POST with `organisation`, `sign_out_url` an empty one; `account_url` leads to the person's own
    settings. What is empty isn't shown.
    """

    name: str = ""
    email: str = ""
    organisation: str = ""
    organisations: tuple[Choice, ...] = ()
    switch_url: str = ""
    account_url: str = ""
    sign_in_url: str = ""
    sign_out_url: str = ""
    may: Callable[[str], bool] = lambda permission: False

    @property
    def is_known(self) -> bool:
        """Whether somebody is signed in."""
        return bool(self.name or self.email)


NOBODY = Viewer()

_KEPT_AS = "oneclick_viewer"

Teller = Callable[[HttpRequest], Viewer]

_tellers: list[Teller] = []


def tell_viewer(teller: Teller) -> None:
    """Say who looks: called once, in the `AppConfig.ready()` of the room that knows; `NOBODY` is a fine answer."""
    _tellers[:] = [teller]


def viewer_of(request: HttpRequest) -> Viewer:
    """Who looks, asked once per request."""
    known: Viewer | None = getattr(request, _KEPT_AS, None)
    return known or show_as(request, _tellers[0](request) if _tellers else NOBODY)


def show_as(request: HttpRequest, viewer: Viewer) -> Viewer:
    """Let the rest of this request see `viewer`."""
    setattr(request, _KEPT_AS, viewer)
    return viewer
