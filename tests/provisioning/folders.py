"""A provider whose "account" is a folder: real effects outside the database, and faults on demand.

It stands in for vendors that are slow, throttle, refuse or answer late, which a local warehouse never does. What is
asked of it lies in `faults.json` in the account's folder, so that another process sees it as well.
"""

import contextlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from oneclick.core.secrets import SecretText
from oneclick.warehouses.contract.adapter import Adapter
from oneclick.warehouses.contract.capabilities import Capability, Limits, Support
from oneclick.warehouses.contract.data_plane import (
    Access,
    ArrowStream,
    BulkLoad,
    DataPlane,
    DataSession,
    LoadResult,
    SessionLimits,
    TableInfo,
)
from oneclick.warehouses.contract.descriptions import Bindings, Check, CostEstimate, Credentials, FactSheet
from oneclick.warehouses.contract.errors import InvalidCredentials, NotSupported, PermissionDenied, Throttled
from oneclick.warehouses.contract.instance import Account, Instance, Login, Spec, Vault
from oneclick.warehouses.contract.resources import Observed, Proof, Resource, Session


@dataclass(kw_only=True)
class FolderSession(Session):
    root: Path

    def faults(self) -> dict[str, Any]:
        with contextlib.suppress(FileNotFoundError):
            return json.loads((self.root / "faults.json").read_text())
        return {}

    def call(self, what: str) -> None:
        with (self.root / "calls.log").open("a") as log:
            log.write(f"{what}\n")
        faults = self.faults()
        if faults.get("throttle", 0) > 0:
            set_faults(self.root, **{**faults, "throttle": faults["throttle"] - 1})
            raise Throttled("Slow down.", retry_after_s=faults.get("retry_after_s"))
        if faults.get("deny") and faults["deny"] in what:
            raise PermissionDenied("No.", missing="WRITE", remedy="GRANT WRITE")
        if faults.get("break") and faults["break"] in what:
            raise RuntimeError("canary-of-a-bug")
        time.sleep(faults.get("slow_s", 0))


class Thing(Resource[FolderSession]):
    kind = "thing"
    proof = Proof.TAG
    stabilise_within_s = 5.0

    def __init__(self, name: str, tag: str, size: str, *, depends_on: tuple["Thing", ...] = ()) -> None:
        super().__init__(name, depends_on=depends_on)
        self.tag = tag
        self.size = size

    def wanted(self) -> Mapping[str, str]:
        return {"size": self.size}

    def read(self, session: FolderSession) -> Observed | None:
        try:
            found = json.loads((session.root / self.name).read_text())
        except FileNotFoundError:
            return None
        unready_s = session.faults().get("unready_s", {}).get(self.name.rpartition("-")[2], 0)
        is_stable = time.time() - found["at"] >= unready_s
        return Observed(
            is_ours=found["tag"] == self.tag,
            owner=found["tag"],
            properties={"size": found["size"]},
            is_stable=is_stable,
            poll_after_s=0.05,
        )

    def create(self, session: FolderSession) -> None:
        session.call(f"create {self.name}")
        self._write(session)

    def update(self, session: FolderSession, observed: Observed) -> None:
        session.call(f"update {self.name}")
        self._write(session)

    def delete(self, session: FolderSession) -> None:
        session.call(f"delete {self.name}")
        (session.root / self.name).unlink(missing_ok=True)

    def _write(self, session: FolderSession) -> None:
        content = {"tag": self.tag, "size": self.size, "at": time.time()}
        (session.root / self.name).write_text(json.dumps(content))


class Key(Thing):
    kind = "key"

    def __init__(self, name: str, tag: str, login: Login) -> None:
        super().__init__(name, tag, "")
        self.login = login

    def create(self, session: FolderSession) -> None:
        session.vault.get_or_create(self.login.secret_name, lambda: SecretText("canary-secret"))
        super().create(session)


class FolderAdapter(Adapter[FolderSession]):
    facts: ClassVar[FactSheet] = FactSheet(
        provider="folders",
        title="Folders",
        tagline="A folder as an account",
        needs="nothing",
        takes="no time",
        price_idea="free",
        capabilities=dict.fromkeys(Capability, Support.IMPOSSIBLE),
        limits=Limits(sizes=("small", "large")),
        needs_account=False,
    )

    def resources(self, instance: Instance) -> Sequence[Resource[FolderSession]]:
        size = instance.spec.size or "small"
        base = Thing(f"{instance.tag}-base", instance.tag, size)
        top = Thing(f"{instance.tag}-top", instance.tag, size, depends_on=(base,))
        return [base, top, *(key for login in instance.logins for key in self.login_resources(instance, login))]

    def login_resources(self, instance: Instance, login: Login) -> Sequence[Resource[FolderSession]]:
        return [Key(f"{instance.tag}-{login.level.value}{login.generation}", instance.tag, login)]

    @contextlib.contextmanager
    def open(
        self, account: Account, instance: Instance, vault: Vault, *, correlation_id: str = ""
    ) -> Iterator[FolderSession]:
        yield FolderSession(vault=vault, correlation_id=correlation_id, root=root_of(self.installation.home))

    def validate_config(self, account: Account) -> Sequence[Check]:
        return ()

    def credentials(self, instance: Instance, login: Login) -> Credentials:
        return Credentials(parameters={"folder": instance.tag}, secret_name=login.secret_name)

    def bindings(self, instance: Instance, login: Login) -> Bindings:
        return Bindings()

    def data_plane(self, access: Access) -> DataPlane:
        return FolderPlane(root_of(self.installation.home), access)

    def estimate(self, spec: Spec) -> CostEstimate:
        return CostEstimate(text="free")


class FolderPlane(DataPlane):
    def __init__(self, root: Path, access: Access) -> None:
        self.key = root / f"{access.instance.tag}-{access.login.level.value}{access.login.generation}"
        self.tables = root / f"{access.instance.tag}-tables.json"

    def connect(self, limits: SessionLimits = SessionLimits()) -> DataSession:  # noqa: B008 - frozen
        if not self.key.exists():
            raise InvalidCredentials(f"{self.key.name} is gone.")
        return FolderDataSession()

    def bulk_load(self, load: BulkLoad) -> LoadResult:
        raise NotSupported

    def list_tables(self) -> Sequence[TableInfo]:
        return ()


class FolderDataSession(DataSession):
    def query(self, sql: str, parameters: Sequence[object] = ()) -> ArrowStream:
        import duckdb

        return duckdb.sql(sql)

    def cancel(self) -> None: ...

    def close(self) -> None: ...


def root_of(home: Path) -> Path:
    root = home / "folders-account"
    root.mkdir(parents=True, exist_ok=True)
    return root


def set_faults(root: Path, **faults: Any) -> None:
    draft = root / "faults.new"
    draft.write_text(json.dumps(faults))
    draft.replace(root / "faults.json")
