"""Live event streams of a real job don't keep the web process from stopping."""

import contextlib
import http.client
import json
import os
import signal
import socket
import time
from urllib.parse import urlsplit

from tests.stack.conftest import Installation, eventually, is_gone

STREAMS = 30


def test_open_event_streams_do_not_hang_the_stop(installation: Installation) -> None:
    url = installation.up()["url"]
    os.kill(installation.pid_of("worker"), signal.SIGSTOP)  # so that the job stays open
    job = json_of(installation, "warehouse", "create", "sales", "--no-wait")
    token = json_of(installation, "token", "create", "watcher", "--role", "reader")["token"]
    web = installation.pid_of("web")
    path = f"/events/jobs/{job.get('job_id') or job['id']}"

    with contextlib.ExitStack() as opened:
        streams = [opened.enter_context(stream_of(url, path, token)) for _ in range(STREAMS)]
        assert all(b"200 OK" in stream.recv(4096) for stream in streams)
        asked = time.monotonic()
        os.kill(web, signal.SIGTERM)
        assert eventually(lambda: is_gone(web), within_s=8)
        assert time.monotonic() - asked < 5
    assert eventually(lambda: _answers(url))


def json_of(installation: Installation, *arguments: str) -> dict[str, str]:
    done = installation.run(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    answer: dict[str, str] = json.loads(done.stdout)
    return answer


def stream_of(url: str, path: str, token: str, *, host: str = "x") -> socket.socket:
    address = urlsplit(url)
    connected = socket.create_connection((address.hostname, address.port), timeout=20)
    connected.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    return connected


def _answers(url: str) -> bool:
    with contextlib.closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)) as connection:
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
