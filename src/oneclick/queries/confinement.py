"""What holds the runner process besides the guard: the kernel's limits, and the files and ports it can't reach.

Landlock (https://docs.kernel.org/userspace-api/landlock.html) needs no rights to use: a process gives up reach for
good, before its first foreign byte. Where the kernel lacks it, the limits alone hold.
"""

import contextlib
import ctypes
import os
import resource
import site
import sys
import sysconfig
from collections.abc import Iterable
from enum import IntFlag
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from oneclick.queries.wire import Job

HEADROOM_BYTES = 2 << 30
"""Address space beyond the query's memory: libraries, thread stacks and the allocator's reservations."""

MAX_FILE_BYTES = 8 << 30
MAX_OPEN_FILES = 1024

OUT_OF_REACH = frozenset(
    {"audit-heads", "cache", "keys", "logs", "postgres", "postgres-binaries", "run", "scratch", "uploads"}
)
"""Folders of the home that no query needs. The others it may read."""

WRITABLE = frozenset({"duckdb-spill"})
"""Where a query may write. Never where others find code to run, as among DuckDB's extensions."""

_SYSTEM_READ = (
    "/usr", "/lib", "/lib64", "/bin", "/sys/devices/system/cpu", "/sys/fs/cgroup", "/dev/urandom",
    "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/sys/vm", "/proc/sys/kernel",
)  # fmt: skip
_SYSTEM_FILES = (
    "/etc/ssl", "/etc/ca-certificates", "/etc/pki", "/etc/resolv.conf", "/etc/hosts", "/etc/host.conf",
    "/etc/nsswitch.conf", "/etc/localtime", "/etc/timezone", "/etc/ld.so.cache", "/etc/gai.conf", "/etc/services",
    "/etc/passwd", "/run/systemd/resolve",
)  # fmt: skip


def bound(*, memory_bytes: int, timeout_s: float) -> None:
    """Bound memory, processor time, files and core for the rest of this process's life."""
    cpu_s = int(timeout_s * (os.cpu_count() or 1)) + 10
    _lower(resource.RLIMIT_AS, memory_bytes + HEADROOM_BYTES)
    _lower(resource.RLIMIT_CPU, cpu_s)
    _lower(resource.RLIMIT_FSIZE, MAX_FILE_BYTES)
    _lower(resource.RLIMIT_NOFILE, MAX_OPEN_FILES)
    _lower(resource.RLIMIT_CORE, 0)


def _lower(what: int, wanted: int) -> None:
    _, hard = resource.getrlimit(what)
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(what, (limit, limit))


class _File(IntFlag):
    EXECUTE = 1 << 0
    WRITE = 1 << 1
    READ = 1 << 2
    READ_FOLDER = 1 << 3
    ALL_OF_FIRST_VERSION = (1 << 13) - 1
    REFER = 1 << 13
    TRUNCATE = 1 << 14


_READ = _File.EXECUTE | _File.READ | _File.READ_FOLDER
_CONNECT_TCP = 1 << 1
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG, _RULE_PATH, _RULE_PORT, _PR_SET_NO_NEW_PRIVS = 1, 1, 2, 38
_VERSION_WITH_REFER, _VERSION_WITH_TRUNCATE, _VERSION_WITH_NETWORK, _VERSION_WITH_SCOPES = 2, 3, 4, 6
_NO_ABSTRACT_SOCKETS_NO_SIGNALS = 0b11


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("handled_files", ctypes.c_uint64),
        ("handled_network", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


class _PortRule(ctypes.Structure):
    _fields_ = (("allowed", ctypes.c_uint64), ("port", ctypes.c_uint64))


def shut_out(adapter: Any, job: "Job") -> bool:
    """Give up all files but code, system libraries and the adapter's part of the home, and all ports but its own.

    What is left can be read; written can only be what `WRITABLE` names. Returns whether the kernel could do it. Call
    it before the first thread is started.
    """
    home = job.installation.home
    ours = [path for path in home.iterdir() if path.name not in OUT_OF_REACH] if home.is_dir() else []
    port = adapter.credentials(job.access.instance, job.access.login).parameters.get("port", "")
    write = [path for path in ours if path.name in WRITABLE]
    return _restrict(read=[*_code(), *ours], write=write, port=int(port) if port.isdigit() else None)


def _code() -> Iterable[Path]:
    places = {sys.prefix, sys.base_prefix, sysconfig.get_path("purelib"), *site.getsitepackages(), *sys.path}
    return [Path(place) for place in (*places, *_SYSTEM_READ, *_SYSTEM_FILES) if place]


def _restrict(*, read: Iterable[Path], write: Iterable[Path], port: int | None) -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_FLAG))
    if version < 1:
        return False
    files = _File.ALL_OF_FIRST_VERSION
    files |= _File.REFER if version >= _VERSION_WITH_REFER else _File(0)
    files |= _File.TRUNCATE if version >= _VERSION_WITH_TRUNCATE else _File(0)
    has_network = version >= _VERSION_WITH_NETWORK and port is not None
    has_scopes = version >= _VERSION_WITH_SCOPES
    attributes = _Ruleset(
        handled_files=files,
        handled_network=_CONNECT_TCP if has_network else 0,
        scoped=_NO_ABSTRACT_SOCKETS_NO_SIGNALS if has_scopes else 0,
    )
    fields = 1 + (version >= _VERSION_WITH_NETWORK) + has_scopes
    size = fields * ctypes.sizeof(ctypes.c_uint64)
    ruleset = libc.syscall(_CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(size), ctypes.c_uint32(0))
    if ruleset < 0:
        return False
    try:
        for path in read:
            _allow(libc, ruleset, path, _READ)
        for path in write:
            _allow(libc, ruleset, path, files)
        _allow(libc, ruleset, Path(os.devnull), _File.READ | _File.WRITE)
        if has_network:
            rule = _PortRule(allowed=_CONNECT_TCP, port=port or 0)
            libc.syscall(_ADD_RULE, ruleset, _RULE_PORT, ctypes.byref(rule), 0)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        return bool(libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, allowed: _File) -> None:
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            if not path.is_dir():
                allowed &= _File.EXECUTE | _File.READ | _File.WRITE | _File.TRUNCATE
            rule = _PathRule(allowed=allowed, folder=descriptor)
            libc.syscall(_ADD_RULE, ruleset, _RULE_PATH, ctypes.byref(rule), 0)
        finally:
            os.close(descriptor)
