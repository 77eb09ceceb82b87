"""Installations of their own, for tests and measurements that need real processes."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Self

from oneclick.stack.ports import free_port
from oneclick.stack.postgres import EmbeddedPostgres

NOT_INHERITED = ("ONECLICK_", "DATABASE_URL", "DJANGO_", "PYTHONDONTWRITEBYTECODE")


def new_home(what: str) -> Path:
    """A folder where PostgreSQL's own user can reach it, which a TMPDIR inside root's home is not."""
    return Path(tempfile.mkdtemp(prefix=f"oneclick-{what}-", dir="/tmp"))


def environment(home: Path, **settings: str) -> dict[str, str]:
    """A newcomer's environment: nothing set but the home, a free port, and what the caller says."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
    return {**kept, "ONECLICK_HOME": os.fspath(home), "ONECLICK_PORT": str(free_port()), **settings}


class UnsupervisedInstallation:
    """A home with an embedded PostgreSQL, migrated, and workers as `oneclick up` starts them, which nobody tends."""

    def __init__(self, what: str, **settings: str) -> None:
        self.home = new_home(what)
        self.postgres = EmbeddedPostgres(self.home)
        self.environment = environment(self.home, DJANGO_SETTINGS_MODULE="oneclick.project.settings", **settings)
        self.workers: list[subprocess.Popen[bytes]] = []
        self.log = self.home / "workers.log"

    def start(self) -> None:
        self.postgres.start()
        migrate = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, env=self.environment, check=True)

    def adopt(self) -> None:
        """Make models and services of this process work on the installation: from now on, for good."""
        os.environ.clear()
        os.environ.update(self.environment)
        import django

        django.setup()

    def start_worker(self) -> None:
        with self.log.open("ab") as log:
            self.workers.append(
                subprocess.Popen(
                    [sys.executable, "-m", "oneclick.job_queue.worker"],
                    env=self.environment, stdout=log, stderr=log, start_new_session=True,
                )
            )  # fmt: skip

    def remove(self) -> None:
        """Leave nothing behind, whatever happened."""
        for worker in self.workers:
            worker.kill()
            worker.wait()
        self.postgres.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()
