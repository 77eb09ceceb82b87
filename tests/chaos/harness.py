"""Many provisioning jobs while workers are killed and PostgreSQL is stopped, at random.

`python -m tests.chaos.harness --jobs 200 --kills 50 --seed 1` prints a report as JSON:

- `jobs`: how many ended in which state, and with which error code,
- `faults`: how many kills, how many of them hit a worker that was driving a RUNNING job, how many server stops,
- `settled_s`: seconds from the last fault to the last job's end,
- `ready`, `not_ready`: active warehouses that are whole outside, and those that aren't, with what is wrong,
- `strays`: databases, roles and folders that belong to no living warehouse; `doubled_records`: inventory kept twice,
- `unfinished_left`: jobs that hadn't ended a minute after the last fault.

One job in ten gets a terminal error planted: a foreign role under the name of its first resource.
"""

import argparse
import json
import random
import shutil
import sys
import time
from typing import Any

from tests.chaos.installation import FragileInstallation

PLANTED_EVERY = 10
DEADLINE_S = 60.0
RUN_LIMIT_S = 900.0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--kills", type=int, default=50, help="kills that must hit a RUNNING job")
    parser.add_argument("--stops", type=int, default=5, help="how often PostgreSQL is stopped")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--concurrency", type=int, default=3)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--log", default="", help="where to keep the workers' log")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    installation = FragileInstallation(workers=options.workers, concurrency=options.concurrency)
    try:
        installation.start()
        installation.adopt()
        report = Chaos(installation, options, random.Random(seed)).run()  # noqa: S311 - chance, no secret
        json.dump({"seed": seed, **report}, sys.stdout, indent=2)
    finally:
        if options.log:
            shutil.copy(installation.log, options.log)
        installation.remove()


class Chaos:
    """One run."""

    def __init__(self, installation: FragileInstallation, options: argparse.Namespace, chance: random.Random) -> None:
        self.installation = installation
        self.options = options
        self.chance = chance
        self.kills: list[dict[str, Any]] = []
        self.stops = 0

    def run(self) -> dict[str, Any]:
        from tests.chaos import warehouses

        began = time.monotonic()
        planted = warehouses.ask_for(self.options.jobs, planted_every=PLANTED_EVERY)
        self._make_faults(began)
        last_fault = time.monotonic()
        self._settle(last_fault)
        jobs = warehouses.outcome()
        return {
            "jobs": jobs,
            "planted": len(planted),
            "planted_failed_as_planted": sum(code == "already_exists" for code in warehouses.codes_of(planted)),
            "faults": {
                "kills": len(self.kills),
                "hit_running": sum(kill["running"] > 0 for kill in self.kills),
                "stops": self.stops,
                "log": self.kills,
            },
            "settled_s": round(time.monotonic() - last_fault, 1),
            "total_s": round(time.monotonic() - began, 1),
            **warehouses.compare_with_outside(planted),
        }

    def _make_faults(self, began: float) -> None:
        from tests.chaos import warehouses

        def hits() -> int:
            return sum(kill["running"] > 0 for kill in self.kills)

        while hits() < self.options.kills or self.stops < self.options.stops:
            if time.monotonic() - began > RUN_LIMIT_S or not warehouses.unfinished():
                return
            time.sleep(self.chance.uniform(0.2, 1.0))
            self.installation.tend()
            share = self.stops / max(self.options.stops, 1) - hits() / max(self.options.kills, 1)
            if self.stops < self.options.stops and share < 0 and self.chance.random() < 0.3:
                self.installation.bounce_postgres(self.chance.uniform(0.0, 1.5))
                self.stops += 1
            else:
                self._kill_one()

    def _kill_one(self) -> None:
        from tests.chaos import warehouses

        busy = [worker for worker in self.installation.workers if warehouses.running_in(worker.pid)]
        if not busy:
            return
        worker = self.chance.choice(busy)
        running = warehouses.running_in(worker.pid)
        self.installation.kill(worker)
        self.kills.append({"running": len(running), "at": running[:3]})

    def _settle(self, last_fault: float) -> None:
        from tests.chaos import warehouses

        while warehouses.unfinished() and time.monotonic() - last_fault < DEADLINE_S:
            self.installation.tend()
            time.sleep(0.2)


if __name__ == "__main__":
    main()
