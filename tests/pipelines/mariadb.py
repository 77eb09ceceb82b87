"""A MariaDB server that isn't ours, from Debian's package."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from oneclick.stack.ports import free_port

PACKAGES = ("mariadb-server-core", "mariadb-client-core")
PASSWORD = "canary of the 'source'"


def find() -> str:
    """Why there is none; empty where there is one, which is installed from Debian where that can be."""
    if _is_there():
        return ""
    if shutil.which("apt-get") and os.geteuid() == 0:
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *PACKAGES]):
            subprocess.run(command, stdout=sys.__stderr__, stderr=sys.__stderr__, env=quiet, check=False)
    return "" if _is_there() else f"MariaDB isn't here: install {' and '.join(PACKAGES)}"


def _is_there() -> bool:
    return all(_program(name) for name in ("mariadbd", "mariadb-install-db", "mariadb"))


def _program(name: str) -> str:
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/bin") or ""


@dataclass(kw_only=True)
class MariaDB:
    """One server under a folder of its own."""

    home: Path
    port: int = 0

    def start(self) -> None:
        self.port = self.port or free_port()
        data, user = self.home / "data", ["--user=root"] if os.geteuid() == 0 else []
        if not data.exists():
            subprocess.run(
                [_program("mariadb-install-db"), "--no-defaults", f"--datadir={data}", "--skip-test-db",
                 "--auth-root-authentication-method=normal", *user],
                check=True, capture_output=True,
            )  # fmt: skip
        with (self.home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [_program("mariadbd"), "--no-defaults", f"--datadir={data}", f"--port={self.port}", *user,
                 "--bind-address=127.0.0.1", f"--socket={self.home}/s", f"--pid-file={self.home}/pid",
                 "--skip-log-bin", "--character-set-server=utf8mb4", "--innodb-flush-log-at-trx-commit=0"],
                stdout=log, stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if subprocess.run(self._client("-e", "SELECT 1"), capture_output=True, check=False).returncode == 0:
                return
            time.sleep(0.1)
        raise AssertionError((self.home / "log").read_text()[-2000:])

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)

    def execute(self, statement: str, database: str = "app") -> str:
        done = subprocess.run(self._client(database), input=statement, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def make_database(self) -> None:
        escaped = PASSWORD.replace("'", "''")
        self.execute(
            f"CREATE OR REPLACE DATABASE app; CREATE OR REPLACE USER 'reader'@'%' IDENTIFIED BY '{escaped}';"
            "GRANT SELECT ON app.* TO 'reader'@'%';", database="mysql",
        )  # fmt: skip

    def config(self) -> dict[str, str]:
        return {
            "engine": "MySQL or MariaDB", "host": "127.0.0.1", "port": str(self.port), "database": "app",
            "user": "reader",
        }  # fmt: skip

    def _client(self, *more: str) -> Sequence[str]:
        return [
            _program("mariadb"),
            "--no-defaults",
            f"--socket={self.home}/s",
            "-u",
            "root",
            "-N",
            "--default-character-set=utf8mb4",
            *more,
        ]
