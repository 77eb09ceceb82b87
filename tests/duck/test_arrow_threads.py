import threading
from pathlib import Path

from arro3.core import Array, DataType, Table

from oneclick.duck import open_duckdb
from oneclick.duck.arrow import fetch_arrow


def test_rows_are_handed_out_while_another_thread_reads_arrow(tmp_path: Path) -> None:
    stop = threading.Event()
    failures: list[BaseException] = []
    read = 0

    def read_arrow() -> None:
        nonlocal read
        try:
            while not stop.is_set():
                with open_duckdb(home=tmp_path, extensions=()) as duck:
                    lines = Table({"n": Array([1, 2, 3], type=DataType.int64())})
                    assert duck.sql("SELECT sum(n) FROM lines").fetchall() == [(6,)]
                    read += len(lines)
        except BaseException as exc:  # noqa: BLE001 - told to the test's own thread
            failures.append(exc)

    readers = [threading.Thread(target=read_arrow) for _ in range(3)]
    for reader in readers:
        reader.start()
    with open_duckdb(home=tmp_path, extensions=()) as duck:
        for _ in range(150):
            duck.execute("SELECT * FROM range(10)")
            assert sum(batch.num_rows for batch in fetch_arrow(duck)) == 10
    stop.set()
    for reader in readers:
        reader.join()

    assert failures == []
    assert read
