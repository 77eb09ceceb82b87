"""Runs one command that reaches little and can't outlive us: `python -I -S contained.py BOUNDS COMMAND …`.

It knows nothing of ours and needs nothing but Python on Linux. The command

- gets a process group of its own, which is killed as soon as our standard input ends: whoever started us closed it or
  died, however that came about;
- gets shared memory of its own, where the kernel lets us;
- sees the files that BOUNDS (JSON) names and no others, writes where it says, and connects to the TCP ports that it
  names, by Landlock (https://docs.kernel.org/userspace-api/landlock.html), which also keeps it from looking into other
  processes.
"""

import contextlib
import ctypes
import json
import os
import resource
import select
import signal
import stat
import struct
import sys
from typing import Any

NOT_STARTED = 127
NOT_CONTAINED = 126
"""The exit codes where the command can't be run, and where this machine can't keep it in bounds."""

_SET_PDEATHSIG, _SET_NO_NEW_PRIVS = 1, 38
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_BENEATH, _PORT = 1, 2
_NEW_MOUNTS, _NEW_USER = 0x20000, 0x10000000
_PRIVATE_MOUNTS = 1 << 18 | 1 << 14
_READ = 1 << 0 | 1 << 2 | 1 << 3  # execute, read files, list folders
_OF_FILES = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15
_CONNECT_TCP = 1 << 1
_SCOPES = 1 << 0 | 1 << 1  # abstract sockets, signals
_FS_BITS = {1: 13, 2: 14, 3: 15, 4: 15}
"""How many kinds of access to files each version knows."""
_FS_BITS_SINCE, _NET_SINCE, _SCOPES_SINCE = 16, 4, 6

_libc = ctypes.CDLL(None, use_errno=True)


def main() -> int:
    """Start the command and wait for its end, or for ours."""
    noticed, notice = os.pipe()
    os.set_blocking(notice, False)
    signal.set_wakeup_fd(notice)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    group = _started(json.loads(sys.argv[1]), sys.argv[2:])
    os.close(1)
    while True:
        ready, _, _ = select.select([0, noticed], [], [])
        if 0 in ready and not os.read(0, 1):
            _kill(group)
        if noticed in ready:
            os.read(noticed, 64)
        ended, status = os.waitpid(group, os.WNOHANG)
        if ended:
            _kill(group)
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _started(bounds: dict[str, Any], command: list[str]) -> int:
    ours = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = NOT_CONTAINED
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_DATA, (bounds["memory_bytes"], bounds["memory_bytes"]))
        with contextlib.suppress(OSError):
            _leave_shared_memory()
        _contain(bounds)
        _die_with(ours)  # the last one: other rights make the kernel forget it
        code = NOT_STARTED
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted
    except BaseException as exc:  # noqa: BLE001 - a copy of this process must not go on
        os.write(2, repr(exc).encode())
    os._exit(code)


def _die_with(parent: int) -> None:
    _libc.prctl(_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(NOT_STARTED)


def _leave_shared_memory() -> None:
    """Get a /dev/shm of its own, as that of the machine holds what PostgreSQL's processes tell each other.

    Raises `OSError` where the kernel doesn't let us; then it stays the machine's.
    """
    user, group = os.getuid(), os.getgid()
    _called(_libc.unshare, _NEW_MOUNTS if user == 0 else _NEW_MOUNTS | _NEW_USER)
    if user != 0:
        for name, line in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123 - pathlib is slow to import
                file.write(line)
    _called(_libc.mount, None, b"/", None, _PRIVATE_MOUNTS, None)
    _called(_libc.mount, b"tmpfs", b"/dev/shm", b"tmpfs", 0, b"size=64m")


def _contain(bounds: dict[str, Any]) -> None:
    """Keep to the bounds from now on; raises `OSError` where the kernel can't."""
    version = _syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), 1)
    everything = (1 << _FS_BITS.get(version, _FS_BITS_SINCE)) - 1
    is_bound_to_ports = bounds["ports"] is not None and version >= _NET_SINCE
    rules = struct.pack(
        "=QQQ", everything, _CONNECT_TCP if is_bound_to_ports else 0, _SCOPES if version >= _SCOPES_SINCE else 0
    )
    size = 8 if version < _NET_SINCE else 16 if version < _SCOPES_SINCE else 24
    ruleset = _syscall(_CREATE_RULESET, rules, ctypes.c_size_t(size), 0)
    for path in bounds["read"]:
        _allow(ruleset, path, _READ)
    for path in bounds["write"]:
        _allow(ruleset, path, everything)
    for port in bounds["ports"] if is_bound_to_ports else ():
        _syscall(_ADD_RULE, ruleset, _PORT, struct.pack("=QQ", _CONNECT_TCP, port), 0)
    _libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _syscall(_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _allow(ruleset: int, path: str, access: int) -> None:
    try:
        found = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # not every machine has every path
    is_folder = stat.S_ISDIR(os.fstat(found).st_mode)
    _syscall(_ADD_RULE, ruleset, _BENEATH, struct.pack("=Qi", access if is_folder else access & _OF_FILES, found), 0)
    os.close(found)


def _syscall(*arguments: Any) -> int:
    return _called(_libc.syscall, *arguments)


def _called(function: Any, *arguments: Any) -> int:
    answer = int(function(*arguments))
    if answer < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer


def _kill(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
