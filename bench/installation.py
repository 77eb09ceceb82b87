"""An installation for measuring: its own home, one worker process as `oneclick up` starts it."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Self

from oneclick.stack.postgres import EmbeddedPostgres


class Installation:
    """Start it, use the product's services in this process, stop it."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="oneclick-bench-", dir="/tmp"))
        self.home.chmod(0o755)
        self.postgres = EmbeddedPostgres(self.home)
        for name in [name for name in os.environ if name.startswith("ONECLICK_")]:
            os.environ.pop(name)
        os.environ.pop("DATABASE_URL", None)
        os.environ["ONECLICK_HOME"] = str(self.home)
        os.environ["ONECLICK_LOG_LEVEL"] = "WARNING"
        os.environ["DJANGO_SETTINGS_MODULE"] = "oneclick.project.settings"
        self.worker: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.postgres.start()
        subprocess.run([sys.executable, "-m", "django", "migrate", "--verbosity", "0"], check=True)
        import django

        django.setup()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_worker()
        self.postgres.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def start_worker(self) -> None:
        with (self.home / "worker.log").open("ab") as log:
            self.worker = subprocess.Popen(
                [sys.executable, "-m", "oneclick.job_queue.worker"], stdout=log, stderr=log, start_new_session=True
            )
        time.sleep(4)

    def stop_worker(self) -> None:
        if self.worker:
            self.worker.terminate()
            self.worker.wait(30)
            self.worker = None
