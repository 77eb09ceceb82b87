"""Processes: which live, which belong to an installation, and how a child dies with its parent.

Every process that a supervisor starts, and all that those start in turn, carry the installation's folder in the
environment variable `MARK`. That is how strays are found, whatever their numbers were and whoever is their parent.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

MARK = "_ONECLICK_STACK"  # not ONECLICK_*: those are settings, and an unknown one is refused
PR_SET_PDEATHSIG = 1


def is_alive(pid: int) -> bool:
    """Whether the process exists and isn't a mere entry that waits for its parent."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def wait_for_end(pid: int, timeout_s: float) -> bool:
    """Whether the process ended within that time."""
    deadline = time.monotonic() + timeout_s
    while is_alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def command_line(pid: int) -> list[str]:
    """What the process was started with; empty if it is gone."""
    try:
        return list(psutil.Process(pid).cmdline())
    except psutil.Error:
        return []


def working_in(folder: Path) -> list[int]:
    """The processes whose working directory is that folder, as far as we may see."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.cwd() == os.fspath(folder):
                found.append(process.pid)
    return found


def started_at(pid: int) -> float:
    """The Unix time at which the process began; now, if it is gone."""
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return time.time()


def memory_bytes(pid: int, *, with_children: bool = True) -> int:
    """What the process and all below it take, shared memory counted in shares; 0 if it is gone."""
    total = 0
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        for one in (process, *(process.children(recursive=True) if with_children else ())):
            with contextlib.suppress(psutil.Error):
                used = one.memory_full_info()
                total += getattr(used, "pss", used.rss)
    return total


def die_with_parent(parent: int) -> None:
    """Have the kernel end this process when `parent` ends, however that happens; Linux only, elsewhere nothing.

    The parent is the *thread* that started us: it must live as long as its process.
    """
    if sys.platform != "linux":
        return
    import ctypes

    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before we asked
        os.kill(os.getpid(), signal.SIGKILL)


def strays(home: Path) -> Iterator[psutil.Process]:
    """Processes of that installation, other than this one and those it descends from."""
    me = psutil.Process()
    kin = {me.pid, *(process.pid for process in me.parents())}
    for process in psutil.process_iter():
        if process.pid in kin:
            continue
        with contextlib.suppress(psutil.Error):
            if process.environ().get(MARK) == os.fspath(home):
                yield process


def sweep(home: Path, timeout_s: float = 10.0) -> list[int]:
    """Kill what is left of an installation's services; returns their numbers."""
    killed = []
    deadline = time.monotonic() + timeout_s
    while found := list(strays(home)):
        for process in found:
            with contextlib.suppress(psutil.Error):
                process.kill()
                killed.append(process.pid)
        psutil.wait_procs(found, timeout=0.5)
        if time.monotonic() > deadline:
            break
    return sorted(set(killed))
