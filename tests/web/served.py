"""The kit's pages behind a real port, without a database: what needs one would fail here."""

from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.core.wsgi import get_wsgi_application
from django.test import override_settings


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is its base's
        pass


@contextmanager
def served() -> Iterator[str]:
    """The pages' origin, while they are served."""
    with override_settings(STYLE_PAGE=True, ROOT_URLCONF="tests.web.pages"):
        server = make_server("127.0.0.1", 0, get_wsgi_application(), _Server, _Silent)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()
        thread.join()
