"""The operating-system account that PostgreSQL runs as.

PostgreSQL refuses to run as root, so root keeps a system user for it; anybody else runs it as himself.
"""

import contextlib
import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import TypedDict

from oneclick.stack.errors import StackError

SYSTEM_USER = "oneclick-dwh"


class Identity(TypedDict, total=False):
    """The part of `subprocess.Popen`'s arguments that says who the process runs as."""

    user: int
    group: int
    extra_groups: list[int]


def server_account() -> pwd.struct_passwd | None:
    """The system user when we are root, made on first use; None when we run PostgreSQL as ourselves."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SYSTEM_USER)
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        raise _no_account("there is no useradd to make it with")
    made = subprocess.run(
        [useradd, "--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin",
         SYSTEM_USER],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        raise _no_account(made.stderr.strip() or f"useradd ended with {made.returncode}") from None


def run_as(account: pwd.struct_passwd | None) -> Identity:
    """The arguments for `subprocess` that drop to the account."""
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def give(path: Path, account: pwd.struct_passwd | None) -> None:
    """Make the account own the path."""
    if account is not None:
        os.chown(path, account.pw_uid, account.pw_gid)


def require_reachable(folder: Path, account: pwd.struct_passwd | None) -> None:
    """Raise `StackError`, naming the folder that is closed and the cure, unless the account can enter `folder`."""
    if account is None or _can_enter(folder, account):
        return
    closed = next(parent for parent in (*reversed(folder.parents), folder) if not _can_enter(parent, account))
    raise StackError(
        f"PostgreSQL can't run as root, and its own user {account.pw_name} can't enter {closed}.",
        hint=f"Set ONECLICK_HOME to a folder outside {closed} (the default is /var/lib/one-click-dwh), "
        f"or open the way with: chmod o+x {closed}",
    )


def _can_enter(folder: Path, account: pwd.struct_passwd) -> bool:
    # Asked of the kernel, not of the mode bits: access lists and mounts count too.
    tried = subprocess.run(
        ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)],
        cwd="/", check=False, capture_output=True, **run_as(account),
    )  # fmt: skip
    return tried.returncode == 0


def _no_account(why: str) -> StackError:
    return StackError(
        f"PostgreSQL can't run as root, and its own user {SYSTEM_USER} can't be made: {why}.",
        hint=f"Add a system user named {SYSTEM_USER}, or start One-Click DWH as a normal user.",
    )
