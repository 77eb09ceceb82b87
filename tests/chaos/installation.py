"""An installation of its own, with workers that can be killed and a PostgreSQL that can be stopped."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from oneclick.stack.postgres import EmbeddedPostgres


class Installation:
    """A home with an embedded PostgreSQL and some worker processes."""

    def __init__(self, *, workers: int, concurrency: int) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="oneclick-chaos-", dir="/tmp"))
        self.home.chmod(0o755)
        self.postgres = EmbeddedPostgres(self.home)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ONECLICK_")},
            "ONECLICK_HOME": str(self.home),
            "ONECLICK_WORKER_CONCURRENCY": str(concurrency),
            "DJANGO_SETTINGS_MODULE": "oneclick.project.settings",
        }
        self.environment.pop("DATABASE_URL", None)
        self._size = workers
        self.workers: list[subprocess.Popen[bytes]] = []
        self.log = (self.home / "workers.log").open("ab")

    def start(self) -> None:
        self.postgres.start()
        subprocess.run(
            [sys.executable, "-m", "django", "migrate", "--verbosity", "0"], env=self.environment, check=True
        )
        self.tend()

    def tend(self) -> None:
        """Start a worker for each that is gone, as a supervisor does."""
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        while len(self.workers) < self._size:
            self.workers.append(
                subprocess.Popen(
                    [sys.executable, "-m", "oneclick.job_queue.worker"],
                    env=self.environment,
                    stdout=self.log,
                    stderr=self.log,
                    start_new_session=True,
                )
            )

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """As the kernel's out-of-memory killer does."""
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    def bounce_postgres(self, pause_s: float) -> None:
        """Stop the server hard, and start it again after a while."""
        self.postgres.stop(timeout_s=0.0)
        time.sleep(pause_s)
        self.postgres.start()

    def remove(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                self.kill(worker)
        self.postgres.stop()
        self.log.close()
        shutil.rmtree(self.home, ignore_errors=True)
