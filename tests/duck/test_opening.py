"""Only extension files that were published are loaded, and DuckDB keeps to its limits."""

import importlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from oneclick.duck import DuckError, ExtensionMissing, ExtensionTampered, open_duckdb
from oneclick.duck.extensions import duckdb_build, extension_file, published_hashes

VERSION = duckdb.__version__


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of packages that is found before the installed ones."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    importlib.invalidate_caches()
    return folder


def wheel(wheels: Path, name: str, content: bytes | None = None) -> Path:
    """A wheel's file: a copy of the installed one, or `content`."""
    source = None if content is not None else extension_file(name)
    file = wheels / f"duckdb_extension_{name}" / "extensions" / f"v{VERSION}" / f"{name}.duckdb_extension"
    file.parent.mkdir(parents=True)
    (wheels / f"duckdb_extension_{name}" / "__init__.py").touch()
    if source:
        shutil.copy(source, file)
    else:
        file.write_bytes(content or b"")
    importlib.invalidate_caches()
    return file


def test_the_hashes_of_this_platform_are_known() -> None:
    assert {"ducklake", "httpfs", "postgres_scanner"} <= set(published_hashes(*duckdb_build()))


def test_it_opens_with_its_extensions_loaded(tmp_path: Path) -> None:
    with open_duckdb(home=tmp_path, memory_bytes=64 << 20, threads=1) as connection:
        loaded = connection.execute("SELECT extension_name FROM duckdb_extensions() WHERE loaded").fetchall()
        settings = dict(
            connection.execute(
                "SELECT name, value FROM duckdb_settings() WHERE name IN "
                "('memory_limit', 'threads', 'TimeZone', 'allow_unsigned_extensions', 'autoload_known_extensions')"
            ).fetchall()
        )
    assert {("ducklake",), ("httpfs",), ("postgres_scanner",)} <= set(loaded)
    assert settings == {
        "memory_limit": "64.0 MiB",
        "threads": "1",
        "TimeZone": "UTC",
        "allow_unsigned_extensions": "false",
        "autoload_known_extensions": "false",
    }


def test_a_tampered_file_is_refused(tmp_path: Path, wheels: Path) -> None:
    file = wheel(wheels, "httpfs")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(ExtensionTampered) as caught:
        open_duckdb(home=tmp_path, extensions=["httpfs"])
    assert str(file) in caught.value.message
    assert "duckdb-extension-httpfs" in caught.value.hint


def test_a_file_that_is_tampered_with_later_is_refused_too(tmp_path: Path, wheels: Path) -> None:
    file = wheel(wheels, "httpfs")
    open_duckdb(home=tmp_path, extensions=["httpfs"]).close()
    before = file.stat()
    with file.open("r+b") as handle:
        handle.seek(before.st_size // 2)
        byte = handle.read(1)
        handle.seek(-1, os.SEEK_CUR)
        handle.write(bytes([byte[0] ^ 1]))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(ExtensionTampered):
        open_duckdb(home=tmp_path, extensions=["httpfs"])


def test_an_extension_without_a_known_hash_needs_its_signature(tmp_path: Path, wheels: Path) -> None:
    wheel(wheels, "strange", b"no extension at all")
    with pytest.raises(DuckError) as caught:
        open_duckdb(home=tmp_path, extensions=["strange"])
    assert "strange" in caught.value.message


def test_a_missing_extension_is_named_with_its_cure(tmp_path: Path) -> None:
    with pytest.raises(ExtensionMissing) as caught:
        open_duckdb(home=tmp_path, extensions=["no_such"])
    assert caught.value.hint == f"Install duckdb-extension-no-such=={VERSION}."


def test_it_needs_no_network_and_writes_into_its_home_alone(tmp_path: Path) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    elsewhere.mkdir()
    code = f"""if True:
        from pathlib import Path
        from oneclick.duck import open_duckdb
        connection = open_duckdb(home=Path({str(home)!r}), memory_bytes=40 << 20)
        rows = "SELECT md5(i::VARCHAR) AS s FROM range(3000000) t(i) ORDER BY s OFFSET 1"
        connection.execute(f"SELECT count(*) FROM ({{rows}})")
        print(len(list(Path({str(home)!r}, "duckdb-spill").glob("*/*"))))
    """
    environment = {**os.environ, "HOME": str(elsewhere), "https_proxy": "http://127.0.0.1:1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=elsewhere, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) > 0, "it had to spill"
    assert list(elsewhere.iterdir()) == []
    assert list((home / "duckdb-spill").iterdir()) == [], "what was spilt is gone"


def test_what_a_killed_process_spilt_is_swept_after_a_day(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    old, young = (tmp_path / "duckdb-spill" / f"{dead.pid}-{name}" for name in ("old", "young"))
    for folder in (old, young):
        folder.mkdir(parents=True)
    yesterday = time.time() - 90_000
    os.utime(old, (yesterday, yesterday))
    open_duckdb(home=tmp_path, extensions=[]).close()
    assert (old.exists(), young.exists()) == (False, True)


def test_processes_that_open_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    code = f"from pathlib import Path; from oneclick.duck import open_duckdb; open_duckdb(home=Path({str(tmp_path)!r}))"
    processes = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
