"""The kit's pages behind a real port, without a database: what needs one would fail here."""

from collections.abc import Iterator
from socketserver import ThreadingMixIn
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.wsgi import get_wsgi_application
from django.test import override_settings

from tests.browser import browser, look

__all__ = ["browser", "look"]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is its base's
        pass


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with override_settings(STYLE_PAGE=True, ROOT_URLCONF="tests.web.pages"):
        server = make_server("127.0.0.1", 0, get_wsgi_application(), _Server, _Silent)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()
        thread.join()
