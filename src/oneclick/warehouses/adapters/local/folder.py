"""The folder that holds a lake's files."""

import shutil
from pathlib import Path

from oneclick.warehouses.adapters.local.errors import translated
from oneclick.warehouses.adapters.local.session import LocalSession
from oneclick.warehouses.contract.resources import Observed, Proof, Resource

MARKER = ".one-click"


class LakeFolder(Resource[LocalSession]):
    """A folder of mode 0700 with a marker file that carries our proof.

    It comes into being by one rename, marker and all, so that a folder without the marker is never ours. It goes by
    another one: what is left when that is cut short lies under a name that only we use.
    """

    kind = "folder"
    proof = Proof.TAG

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path
        self.data = path / "data"
        self._draft = path.with_name(f".{path.name}.new")
        self._remains = path.with_name(f".{path.name}.gone")

    def wanted(self) -> dict[str, str]:
        """Complete, and closed to other accounts of the machine."""
        return {"state": "in place", "mode": "0700"}

    def read(self, session: LocalSession) -> Observed | None:
        """The marker says whose it is."""
        with session.vendor_call(f"look at {self.name}"), translated():
            if self.path.exists():
                return self._observed(session)
            if self._draft.exists() or self._remains.exists():
                return Observed(is_ours=True, properties={"state": "half-made"})
            return None

    def create(self, session: LocalSession) -> None:
        """Prepare it aside, then rename it."""
        with session.vendor_call(f"make {self.name}"), translated():
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._sweep()
            (self._draft / "data").mkdir(mode=0o700, parents=True)
            self._draft.chmod(0o700)
            (self._draft / MARKER).write_text(session.names.proof + "\n")
        with session.vendor_call(f"put {self.name} in place"), translated():
            # Unlike `mv`, this fails where a folder with anything in it has that name.
            self._draft.rename(self.path)

    def update(self, session: LocalSession, observed: Observed) -> None:
        """Take up what was cut short; close it again."""
        if observed.properties["state"] == "half-made":
            self.create(session)
            return
        with session.vendor_call(f"close {self.name} to others"), translated():
            self.path.chmod(0o700)
            self.data.mkdir(mode=0o700, exist_ok=True)

    def delete(self, session: LocalSession) -> None:
        """Rename it away, then remove it with all files."""
        with session.vendor_call(f"put {self.name} away"), translated():
            self._sweep()
            if self.path.exists():
                self.path.rename(self._remains)
        with session.vendor_call(f"remove {self.name}"), translated():
            self._sweep()

    def _observed(self, session: LocalSession) -> Observed:
        try:
            marker = (self.path / MARKER).read_text().strip()
        except (FileNotFoundError, NotADirectoryError):
            marker = ""
        is_complete = self.data.is_dir()
        return Observed(
            is_ours=marker == session.names.proof,
            owner=marker or f"somebody with the user id {self.path.stat().st_uid}",
            properties={
                "state": "in place" if is_complete else "without its data",
                "mode": f"{self.path.stat().st_mode & 0o777:04o}",
            },
        )

    def _sweep(self) -> None:
        for leftover in (self._draft, self._remains):
            if leftover.exists():
                shutil.rmtree(leftover)
