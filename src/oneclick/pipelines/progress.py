"""How far the work on an upload is, for whoever watches: noted about twice a second.

DuckDB's progress is told by threads of its own, and each thread that asks Django's database opens a connection. So one
thread writes, what the others told last.
"""

import contextlib
import threading
from collections.abc import Iterator

from django.db import DatabaseError, connections

from oneclick.pipelines.models import Upload
from oneclick.pipelines.templates.file_import.work import OnProgress

EVERY_S = 0.5


@contextlib.contextmanager
def noted_progress(upload: Upload) -> Iterator[OnProgress]:
    """What to tell while the body runs."""
    told: list[tuple[str, float | None]] = [("", None)]
    is_over = threading.Event()
    of_order = Upload.objects.filter(id=upload.id, order=upload.order)

    def write() -> None:
        last = told[0]
        try:
            while not is_over.wait(EVERY_S):
                if told[0] != last:
                    last = told[0]
                    with contextlib.suppress(DatabaseError):
                        of_order.update(stage=last[0][:100], share=last[1])
        finally:
            connections.close_all()

    def tell(what: str, share: float | None) -> None:
        told[0] = (what, share)

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    try:
        yield tell
    finally:
        is_over.set()
        writer.join()
