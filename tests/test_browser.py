"""Where the tests' browser comes from: what is installed, else Debian, else Playwright, else a clear failure."""

import http.server
import io
import os
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import browser

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root installs packages")


def program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a browser: this folder is all of its PATH, and nothing can be downloaded."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv(browser.BROWSER, raising=False)
    monkeypatch.setattr(browser, "INSTALLED", ("chromium",))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "downloaded"))
    monkeypatch.setenv("PLAYWRIGHT_DOWNLOAD_HOST", "http://127.0.0.1:9")
    return folder


@pytest.fixture
def download_host(bare: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stands in for the server that Playwright downloads from."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in ("chrome-linux64/chrome", "chrome-linux/chrome", "ffmpeg-linux"):
            archive.writestr(name, "#!/bin/sh\n")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(packed.getvalue())))
            self.end_headers()
            self.wfile.write(packed.getvalue())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("PLAYWRIGHT_DOWNLOAD_HOST", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield
        server.shutdown()


def test_an_installed_one_is_taken(bare: Path) -> None:
    here = program(bare / "chromium", "exit 0")
    assert browser.find_browser() == (here, "installed")


def test_one_that_is_named_goes_first(bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(bare / "chromium", "exit 0")
    named = program(tmp_path / "my-browser", "exit 0")
    monkeypatch.setenv(browser.BROWSER, str(named))
    assert browser.find_browser() == (named, "installed")


@as_root
def test_as_root_debians_package_is_installed(bare: Path) -> None:
    asked = bare / "asked"
    install = f"printf '#!/bin/sh\\n' > {bare}/chromium; /bin/chmod 755 {bare}/chromium"
    program(bare / "apt-get", f'echo "$@" >> {asked}; [ "$1" != install ] || {{ {install}; }}')

    assert browser.find_browser() == (bare / "chromium", "installed now from Debian")
    assert asked.read_text().splitlines() == ["update -q", "install -q -y --no-install-recommends chromium"]


@pytest.mark.usefixtures("download_host")
def test_else_playwrights_own_is_downloaded(bare: Path, tmp_path: Path) -> None:
    found, origin = browser.find_browser()
    assert origin == "Playwright's own"
    assert found.is_relative_to(tmp_path / "downloaded")


def test_none_at_all_is_a_failure_in_words(bare: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match="No browser: install Chromium or Chrome, or name one with"):
        browser.find_browser()
