"""An installation with workers that can be killed and a PostgreSQL that can be stopped."""

import os
import signal
import subprocess
import time

from tests.installations import UnsupervisedInstallation


class FragileInstallation(UnsupervisedInstallation):
    """So many workers, each replaced when it is gone."""

    def __init__(self, *, workers: int, concurrency: int) -> None:
        super().__init__("chaos", ONECLICK_WORKER_CONCURRENCY=str(concurrency))
        self._size = workers

    def start(self) -> None:
        super().start()
        self.tend()

    def tend(self) -> None:
        """Start a worker for each that is gone, as a supervisor does."""
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        while len(self.workers) < self._size:
            self.start_worker()

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """As the kernel's out-of-memory killer does."""
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    def bounce_postgres(self, pause_s: float) -> None:
        """Stop the server hard, and start it again after a while."""
        self.postgres.stop(timeout_s=0.0)
        time.sleep(pause_s)
        self.postgres.start()
