import json
import threading
from pathlib import Path

from oneclick.stack.files import last_lines, last_words, write_private
from oneclick.stack.logs import RotatingLog, follow, rotate_in_place


def test_a_full_log_is_put_aside_and_the_oldest_dropped(tmp_path: Path) -> None:
    log = RotatingLog(tmp_path / "web.log", max_bytes=100)
    for number in range(12):
        log.write(f"{number:02} {'x' * 46}\n".encode())
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == ["web.log", "web.log.1", "web.log.2", "web.log.3"]
    assert [line[:2] for line in (tmp_path / "web.log").read_text().splitlines()] == ["10", "11"]
    assert [line[:2] for line in (tmp_path / "web.log.3").read_text().splitlines()] == ["04", "05"]


def test_a_log_that_its_writer_keeps_open_is_emptied_in_place(tmp_path: Path) -> None:
    path = tmp_path / "postgres.log"
    with path.open("ab", buffering=0) as writer:
        writer.write(b"x" * 200)
        rotate_in_place(path, max_bytes=100)
        writer.write(b"after\n")
    assert path.read_bytes() == b"after\n"
    assert (tmp_path / "postgres.log.1").stat().st_size == 200


def test_following_goes_on_across_a_rotation(tmp_path: Path) -> None:
    log = RotatingLog(tmp_path / "web.log", max_bytes=60)
    log.write(b"before\n")
    is_over = threading.Event()
    seen: list[str] = []
    lines = follow({"web": log.path}, until=is_over.is_set)
    for number in range(3):
        log.write(f"line {number} {'x' * 30}\n".encode())
        name, line = next(lines)
        seen.append(f"{name} {line[:6]}")
    log.write(b"half a li")
    log.write(b"ne\n")
    is_over.set()
    seen += [f"{name} {line}" for name, line in lines]
    assert seen == ["web line 0", "web line 1", "web line 2", "web half a line"]


def test_a_disk_that_can_not_be_written_loses_lines_and_nothing_else(tmp_path: Path) -> None:
    log = RotatingLog(tmp_path / "web.log")
    log.path.unlink()
    log.path.mkdir()
    log.write(b"lost\n")
    log.path.rmdir()
    log.write(b"kept\n")
    assert log.path.read_bytes() == b"kept\n"


def test_last_words_are_what_a_person_wants_to_know(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    assert last_words(log) == "it said nothing"
    log.write_text("Starting\nValueError: no\n\n")
    assert last_words(log) == "ValueError: no"
    log.write_text(json.dumps({"event": "process crashed", "exception": "Traceback …\n  File …\nKeyError: 'x'"}) + "\n")
    assert last_words(log) == "KeyError: 'x'"
    log.write_text(json.dumps({"event": "stopped with open requests"}) + "\n")
    assert last_words(log) == "stopped with open requests"


def test_the_end_of_a_long_log_is_read_without_the_rest(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("".join(f"{number}\n" for number in range(100_000)))
    assert last_lines(log, 2) == ["99998", "99999"]
    assert last_lines(tmp_path / "none.log", 2) == []


def test_a_private_file_is_readable_by_its_owner_alone_and_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "one"
    write_private(path, "first")
    write_private(path, "second")
    assert path.read_text() == "second"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [found.name for found in path.parent.iterdir()] == ["one"]
