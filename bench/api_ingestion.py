"""What an HTTP API costs: 100,000 records in pages, from a server on this machine into a local warehouse.

`python -m bench.api_ingestion` runs this alone. The same with dlt's rest_api: 2,500 rows/s (2026-11-22).
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from statistics import median

from tests.installations import UnsupervisedInstallation

from bench.figures import Figure, show

RECORDS = 100_000
LEAST = 25_000
ROUNDS = 3
SERVER = """
import json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

COUNT = int(sys.argv[1])

def record(n):
    return {"id": n, "name": f"customer {n}", "email": f"c{n}@example.com", "total": n * 1.5, "is_new": n % 2 == 0,
            "address": {"city": f"city {n % 97}", "zip": f"{n % 99999:05d}"}, "tags": ["a", "b"],
            "note": "x" * 40, "created_at": f"2024-01-{n % 28 + 1:02d}T00:00:{n % 60:02d}Z"}

pages = {}

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    def log_message(self, *args): pass
    def do_GET(self):
        query = dict(parse_qsl(urlsplit(self.path).query))
        size, at = int(query.get("size", 100)), query.get("page") or query.get("cursor") or "1"
        body = page(size, int(at))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

def page(size, at):
    if (size, at) not in pages:
        begin, end = (at - 1) * size, min(at * size, COUNT)
        said = {"data": [record(n) for n in range(begin, end)], "next_cursor": str(at + 1) if end < COUNT else None}
        pages[size, at] = json.dumps(said).encode()
    return pages[size, at]

for size in (100, 1000):
    for at in range(1, COUNT // size + 2):
        page(size, at)
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""
RUN = """
import json, os, resource, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "oneclick.project.settings"
import django
django.setup()
from uuid import UUID
from oneclick.pipelines import engine
from oneclick.pipelines.models import FlowRun
began, cpu = time.perf_counter(), time.process_time()
engine.drive(UUID(sys.argv[1]))
seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
run = FlowRun.objects.get(id=sys.argv[1])
print(json.dumps({"seconds": seconds, "cpu": cpu, "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
    "rows": run.rows, "state": run.state, "error": run.error_message}))
"""


def measure() -> Iterator[Figure]:
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(RECORDS)], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        allowed = f"127.0.0.1:{port}"
        with UnsupervisedInstallation("bench", ONECLICK_LOG_LEVEL="WARNING", ONECLICK_OUTBOUND_ALLOW=allowed) as place:
            place.adopt()
            yield from _measured(f"http://{allowed}/customers")
    finally:
        server.kill()
        server.wait()


def _measured(url: str) -> Iterator[Figure]:
    from oneclick.accounts.services import ensure_default_organisation, operator_label, operator_principal

    organisation = ensure_default_organisation(actor=operator_label())
    member = operator_principal(organisation)
    from tests.lake import make_warehouse

    warehouse = make_warehouse(organisation)
    for size, kind, extra in (
        (1000, "page number", {}),
        (100, "page number", {}),
        (1000, "cursor", {"next_path": "next_cursor", "page_param": "cursor"}),
        (100, "cursor", {"next_path": "next_cursor", "page_param": "cursor"}),
    ):
        config = {
            "url": f"{url}?size={size}", "name": f"c_{kind[:4]}_{size}", "pagination": kind, "records": "data",
            "primary_key": "id", "rate_limit": "1000", **extra,
        }  # fmt: skip
        runs = [_run(member, warehouse, config, number) for number in range(ROUNDS)]
        seconds = median(run["seconds"] for run in runs)
        rate = RECORDS / seconds
        yield Figure(
            name=f"{RECORDS:,} records of an API in pages of {size:,} ({kind}) in the lake, median of {ROUNDS}",
            value=f"{rate:,.0f} rows/s ({seconds:.1f} s, {median(run['cpu'] for run in runs):.1f} CPU-s, "
            f"{max(run['rss'] for run in runs)} MB)",
            bound=f"≥ {LEAST:,} rows/s",
            is_met=rate >= LEAST,
        )


def _run(member, warehouse, config, number):  # type: ignore[no-untyped-def] # Django isn't set up before
    from django.conf import settings

    from oneclick.pipelines import services

    flow = services.connect(
        member, template_key="api_ingestion", warehouse=warehouse.id,
        config={**config, "name": f"{config['name']}_{number}"}, given={},
    )  # fmt: skip
    services.choose(member, flow.id, services.suggest(services.discover(member, flow.id)))
    services.schedule(member, flow.id, kind="manual")
    run = services.run_now(member, flow.id)
    done = subprocess.run([sys.executable, "-c", RUN, str(run.id)], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["rows"], told["state"]) == (RECORDS, "done"), (told, settings.HOME)
    return told


if __name__ == "__main__":
    show(measure())
