"""What the suite's tests work with: warehouses, sessions, files and rows."""

import contextlib
import itertools
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from arro3.core import Array, DataType, Table
from arro3.io import write_parquet

from oneclick.core.ids import new_id
from oneclick.warehouses.contract.adapter import Adapter
from oneclick.warehouses.contract.data_plane import Access, ArrowStream, BulkLoad, DataPlane, LoadMode, TableName
from oneclick.warehouses.contract.descriptions import Action, Plan, Status
from oneclick.warehouses.contract.errors import NotStabilised, TransientError
from oneclick.warehouses.contract.instance import AccessLevel, Account, Instance, Login
from oneclick.warehouses.contract.reconcile import Journal, SilentJournal, Waiting
from oneclick.warehouses.contract.resources import Address
from oneclick.warehouses.testing.crashes import Crash, CrashPlan, watched
from oneclick.warehouses.testing.harness import Harness
from oneclick.warehouses.testing.vault import MemoryVault

MOST_CRASHES = 2_000
MOST_TRIES = 50

Columns = Mapping[str, tuple[DataType, Sequence[object]]]


class Workbench:
    """One harness with the warehouses made on it; they are taken away after each test, but for those kept."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.adapter: Adapter[Any] = harness.adapter
        self._vaults: dict[UUID, MemoryVault] = {}
        self._instances: dict[UUID, Instance] = {}
        self._kept: set[UUID] = set()
        self._folder = tempfile.TemporaryDirectory(prefix="contract-suite-")
        self._numbers = itertools.count(1)

    def tidy(self) -> None:
        """Destroy what a test has left, but for what is kept."""
        for instance in [instance for instance in self._instances.values() if instance.id not in self._kept]:
            del self._instances[instance.id]
            self.destroy(instance)

    def close(self) -> None:
        """Destroy what is left."""
        self._kept.clear()
        try:
            self.tidy()
        finally:
            self._folder.cleanup()

    # -- warehouses ----------------------------------------------------------------------------------------------

    def new_instance(self) -> Instance:
        """A warehouse that doesn't exist yet."""
        instance = Instance(id=new_id(), spec=self.harness.make_spec(), config=self.harness.account.config)
        self._instances[instance.id] = instance
        self._vaults[instance.id] = MemoryVault()
        return instance

    def created(self) -> Instance:
        """A warehouse that is ready."""
        instance = self.new_instance()
        self.create(instance)
        return instance

    def keep(self, instance: Instance) -> Instance:
        """Leave it for the tests that follow."""
        self._kept.add(instance.id)
        return instance

    def knows(self, instance: Instance) -> None:
        """Remember it with its present logins, so that all of them are taken away in the end."""
        self._instances[instance.id] = instance

    def vault(self, instance: Instance) -> MemoryVault:
        """Its secrets."""
        return self._vaults[instance.id]

    @contextlib.contextmanager
    def open(self, instance: Instance, plan: CrashPlan | None = None, account: Account | None = None) -> Iterator[Any]:
        """A session of the adapter, watched by `plan`."""
        vault = self.vault(instance)
        vault.hook = plan.secret if plan else None
        with self.adapter.open(
            account or self.harness.account, instance, vault, correlation_id="contract-suite"
        ) as session:
            session.observer = plan
            yield session

    def create(self, instance: Instance, plan: CrashPlan | None = None) -> None:
        """Bring it into being, waiting as long as the adapter asks for."""
        adapter = watched(self.adapter, plan) if plan else self.adapter
        journal: Journal = plan or SilentJournal()
        with self.open(instance, plan) as session:
            settle(lambda: adapter.create(instance, session, journal))

    def destroy(self, instance: Instance, plan: CrashPlan | None = None) -> None:
        """Take it away."""
        adapter = watched(self.adapter, plan) if plan else self.adapter
        journal: Journal = plan or SilentJournal()
        with self.open(instance, plan) as session:
            settle(lambda: adapter.destroy(instance, session, journal))

    def drop_logins(self, instance: Instance, logins: Sequence[Login], plan: CrashPlan | None = None) -> None:
        """The last step of a rotation."""
        adapter = watched(self.adapter, plan) if plan else self.adapter
        journal: Journal = plan or SilentJournal()
        with self.open(instance, plan) as session:
            settle(lambda: adapter.rotate(instance, drop=logins, session=session, journal=journal))

    def status(self, instance: Instance) -> Status:
        """What the account says."""
        with self.open(instance) as session:
            return self.adapter.status(instance, session)

    def plan(self, instance: Instance) -> Plan:
        """What `create()` would do."""
        with self.open(instance) as session:
            return self.adapter.plan(instance, session)

    # -- data ----------------------------------------------------------------------------------------------------

    def access(self, instance: Instance, login: Login | AccessLevel) -> Access:
        """A login with its secret."""
        wanted = login if isinstance(login, Login) else Login(level=login)
        secret = self.vault(instance).get(wanted.secret_name)
        return Access(instance=instance, login=wanted, secret=secret, correlation_id="contract-suite")

    def data_plane(self, instance: Instance, login: Login | AccessLevel = AccessLevel.WRITE) -> DataPlane:
        """The data plane of a login."""
        return self.adapter.data_plane(self.access(instance, login))

    def rows(
        self, instance: Instance, sql: str, login: Login | AccessLevel = AccessLevel.READ
    ) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self.data_plane(instance, login).connect() as session:
            return rows_of(session.query(sql))

    def table(self) -> TableName:
        """The name of a table that doesn't exist yet."""
        return TableName(schema=self.harness.schema, name=f"suite_{next(self._numbers)}")

    def parquet(self, columns: Columns) -> Path:
        """A Parquet file."""
        path = Path(self._folder.name) / f"{next(self._numbers)}.parquet"
        arrays: dict[str, Any] = {name: _array(kind, values) for name, (kind, values) in columns.items()}
        write_parquet(Table.from_pydict(arrays), path)
        return path

    def load(
        self, table: TableName, numbers: Sequence[int], *, load_id: str = "", fence: int = 1, text: str = "a",
        mode: LoadMode = LoadMode.APPEND,
    ) -> BulkLoad:  # fmt: skip
        """A load of rows (n, t): each number with the same text."""
        file = self.parquet({"n": (DataType.int64(), numbers), "t": (DataType.string(), [text] * len(numbers))})
        return BulkLoad(
            files=[file],
            table=table,
            load_id=load_id or f"load-{next(self._numbers)}",
            fence=fence,
            mode=mode,
            key=("n",) if mode is LoadMode.MERGE else (),
        )

    def keys(self, numbers: Sequence[int]) -> Sequence[Path]:
        """A file with the key `n` of rows, for `present_keys` and `replaced_keys`."""
        return [self.parquet({"n": (DataType.int64(), numbers)})]

    def folder(self) -> Path:
        """A folder for files of the test's own."""
        return Path(self._folder.name)

    def secrets(self) -> list[str]:
        """Every secret that must not show: the accounts' and all that was ever in a vault."""
        accounts = (self.harness.account, self.harness.wrong_account, self.harness.unreachable_account)
        ours = [secret.reveal() for account in accounts if account for secret in account.secrets.values()]
        return [*ours, *(text for vault in self._vaults.values() for text in vault.ever())]


def rows_of(stream: ArrowStream) -> list[tuple[Any, ...]]:
    """The rows of an Arrow stream."""
    table = Table.from_arrow(stream)
    columns = [table.column(number).to_pylist() for number in range(table.num_columns)]
    return list(zip(*columns, strict=True))


def settle(step: Callable[[], Waiting | None]) -> None:
    """Repeat a step as long as it says to wait; raises `NotStabilised` after the longest time it may take."""
    deadlines: dict[object, float] = {}
    while waiting := step():
        deadline = deadlines.setdefault(waiting.address, time.monotonic() + waiting.stabilise_within_s)
        if time.monotonic() > deadline:
            raise NotStabilised(f"{waiting.address} isn't ready.")
        time.sleep(waiting.poll_after_s)


def persist(step: Callable[[], object]) -> None:
    """Repeat a step as long as its error is transient, as the engine does, but with short pauses."""
    for number in range(MOST_TRIES):
        try:
            step()
        except TransientError:
            if number == MOST_TRIES - 1:
                raise
            time.sleep(0.05)
        else:
            return


def crash_everywhere(step: Callable[[CrashPlan], None], *, within: Collection[Address] | None = None) -> list[str]:
    """Run a step again and again, dying once at each point there is, until it gets through; returns those points.

    `within` limits the points to some resources.
    """
    seen: set[str] = set()
    settled: set[tuple[Address, Action]] = set()
    prefixes = None if within is None else tuple(f"{address}: " for address in within)

    def is_new(point: str) -> bool:
        if point in seen or (prefixes is not None and not point.startswith(prefixes)):
            return False
        seen.add(point)
        return True

    while len(seen) < MOST_CRASHES:
        try:
            step(CrashPlan(is_new, settled=settled))
        except Crash:
            continue
        return sorted(seen)
    raise AssertionError(f"After {MOST_CRASHES} crashes it still doesn't get through.")


def _array(kind: DataType, values: Sequence[object]) -> Array:
    """Some types are built from their numbers or texts: dates from days, moments from microseconds."""
    plain = {
        DataType.date32(): DataType.int32(),
        DataType.timestamp("us"): DataType.int64(),
        DataType.timestamp("us", tz="UTC"): DataType.int64(),
        DataType.decimal128(12, 2): DataType.string(),
    }
    source = next((found for wanted, found in plain.items() if wanted == kind), kind)
    array = Array(list(values), type=source)
    return array if source == kind else array.cast(kind)
