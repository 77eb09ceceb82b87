"""The worker process: `python -m oneclick.job_queue.worker`."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

from oneclick.job_queue.warming import warm_up
from oneclick.telemetry import logs

POLL_S = 1.0
HEARTBEAT_S = 5.0


def run() -> None:
    """Work until SIGTERM or SIGINT, then let running tasks come to their next border and stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oneclick.project.settings")
    import django

    django.setup()
    from django.conf import settings

    logs.configure("worker", settings.ENVIRONMENT.log_level)
    asyncio.run(_work())


async def _work() -> None:
    from django.conf import settings
    from procrastinate.contrib.django import app

    concurrency: int = settings.ENVIRONMENT.worker_concurrency
    # Tasks are synchronous and run in the loop's threads: as many as tasks, and some for the loop's own needs.
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(concurrency + 4, thread_name_prefix="task"))
    loop.run_in_executor(None, warm_up)
    worker_app = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]  # Django's connector has it, its base class doesn't declare it
    async with worker_app.open_async():
        await worker_app.run_worker_async(
            concurrency=concurrency,
            fetch_job_polling_interval=POLL_S,
            update_heartbeat_interval=HEARTBEAT_S,
            delete_jobs="successful",
            shutdown_graceful_timeout=10.0,
        )


if __name__ == "__main__":
    run()
