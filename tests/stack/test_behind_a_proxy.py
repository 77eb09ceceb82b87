"""Events come as they happen, whatever is in front of the one port: a forwarded port, nginx with its defaults."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from oneclick.stack.ports import free_port
from tests.stack.conftest import Installation, eventually
from tests.stack.test_streams import json_of, stream_of

NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{ proxy_pass http://127.0.0.1:{behind}; proxy_set_header Host $host; }}
    }}
}}
"""
"""Beside where it may write: the lines of docs/how-to/run-behind-a-proxy.md that have to do with streams."""


def find_nginx(folder: Path) -> str:
    """The server's program: an installed one, else from Debian's package, unpacked and not installed."""
    if found := shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"):
        return found
    if apt := shutil.which("apt-get"):
        if os.geteuid() == 0:
            subprocess.run([apt, "update", "-q"], check=False, capture_output=True)
        subprocess.run([apt, "download", "-q", "nginx"], cwd=folder, check=False, capture_output=True)
    for package in folder.glob("nginx_*.deb"):
        subprocess.run([str(shutil.which("dpkg-deb")), "-x", str(package), str(folder)], check=True)
    return shutil.which("nginx", path=str(folder / "usr/sbin")) or ""


@contextlib.contextmanager
def nginx(behind: int, folder: Path) -> Iterator[int]:
    if not (program := find_nginx(folder)):
        pytest.skip("nginx is not installed, and there is no package of Debian's to take it from")
    port = free_port()
    (configuration := folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, behind=behind))
    with subprocess.Popen([program, "-c", str(configuration), "-e", str(folder / "error.log")]) as server:
        try:
            yield port
        finally:
            server.terminate()


@contextlib.contextmanager
def forwarded_port(behind: int, _: Path) -> Iterator[int]:
    """As `ssh -L` forwards one: bytes in, bytes out."""
    with contextlib.ExitStack() as opened:
        listening = opened.enter_context(socket.create_server(("127.0.0.1", 0)))

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    near = opened.enter_context(listening.accept()[0])
                    far = opened.enter_context(socket.create_connection(("127.0.0.1", behind)))
                    for pair in ((near, far), (far, near)):
                        threading.Thread(target=_carry, args=pair, daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield int(listening.getsockname()[1])
        listening.shutdown(socket.SHUT_RDWR)  # which ends its thread, too


def _carry(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("in_front", [forwarded_port, nginx])
def test_events_come_while_the_job_runs(installation: Installation, in_front: object, tmp_path: Path) -> None:
    installation.up()
    worker = installation.pid_of("worker")
    os.kill(worker, signal.SIGSTOP)  # so that the job stays open
    job = json_of(installation, "warehouse", "create", "sales", "--no-wait")
    token = json_of(installation, "token", "create", "watcher", "--role", "reader")["token"]
    path = f"/events/jobs/{job.get('job_id') or job['id']}"

    with in_front(installation.port, tmp_path) as port:  # type: ignore[operator]  # both take the same
        address = f"http://127.0.0.1:{port}"
        assert eventually(lambda: _listens(port))
        with stream_of(address, path, token, host="127.0.0.1") as stream:
            heard = Heard(stream)
            assert heard.until(b"event: state", within_s=10), heard.text
            assert b"event: end" not in heard.text, "the job hasn't ended: this came while it was open"
            os.kill(worker, signal.SIGCONT)
            assert heard.until(b"event: end", within_s=30), heard.text


class Heard:
    """What a stream has said so far."""

    def __init__(self, stream: socket.socket) -> None:
        self.stream, self.text = stream, b""

    def until(self, words: bytes, within_s: float) -> bool:
        self.stream.settimeout(within_s)
        with contextlib.suppress(TimeoutError):
            while words not in self.text and (data := self.stream.recv(4096)):
                self.text += data
        return words in self.text


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
