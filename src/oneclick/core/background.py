"""A small server beside the work that needs it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseServer


@contextmanager
def in_background(server: BaseServer, *, poll_s: float = 0.1) -> Iterator[None]:
    """Let it answer in a thread of its own while the body runs; its end takes up to `poll_s` seconds."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": poll_s}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
