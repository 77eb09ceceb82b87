"""A connector that does what it is told, installed like any other, and data flows from it."""

import dataclasses
import shutil
import sys
import time
import venv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.conf import settings

from oneclick.accounts.roles import Principal
from oneclick.core.secrets import SecretText
from oneclick.pipelines import services
from oneclick.pipelines.contract.sources import Mode, Wanted
from oneclick.pipelines.models import DataFlow
from oneclick.pipelines.templates.airbyte import installing
from oneclick.pipelines.templates.airbyte.conversation import Conversation
from oneclick.pipelines.templates.airbyte.installing import Installed
from oneclick.warehouses.models import Warehouse

FAKE = Path(__file__).with_name("fake_connector.py")
NAME, VERSION = "hardcoded-records", "0.0.1"
TOKEN = "canary-of-the-connector"

MakeFlow = Callable[..., DataFlow]
Choose = Callable[[Wanted], Wanted]


def full(each: Wanted) -> Wanted:
    return dataclasses.replace(each, mode=Mode.FULL, key=(), cursor="")


def delta(each: Wanted) -> Wanted:
    return each


def append(each: Wanted) -> Wanted:
    return dataclasses.replace(each, mode=Mode.APPEND, key=(), cursor="updated_at")


def put(home: Path) -> Installed:
    """The connector, where an installation would put it."""
    folder = home / "connectors" / NAME / VERSION
    shutil.rmtree(folder, ignore_errors=True)
    venv.EnvBuilder(symlinks=True, with_pip=False).create(folder / "venv")
    packages = folder / "venv" / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    shutil.copy(FAKE, packages)
    made = Installed(
        name=NAME, version=VERSION, entry="fake_connector:run", size_bytes=1, seconds=1, installed_at="", folder=folder
    )
    spec = Conversation(connector=made, folder=folder).spec()
    installing.note(dataclasses.replace(made, spec=spec))
    return made


@pytest.fixture
def fake() -> Iterator[Installed]:
    home = Path(settings.HOME)
    yield put(home)
    shutil.rmtree(home / "connectors", ignore_errors=True)


@pytest.fixture
def make_flow(fake: Installed, member: Principal, warehouse: Warehouse) -> MakeFlow:
    """A data flow from the connector, run by hand; `config` are its own settings."""

    def make(*streams: str, choose: Choose = delta, on_drift: str = "", **config: Any) -> DataFlow:
        flow = services.connect(
            member, template_key="airbyte", warehouse=warehouse.id, config=answers(**config),
            given={"config.token": SecretText(TOKEN)},
        )  # fmt: skip
        found = services.suggest(services.discover(member, flow.id))
        wanted = [choose(each) for each in found if each.stream in (streams or ("orders",))]
        services.choose(member, flow.id, wanted, on_drift=on_drift)
        return services.schedule(member, flow.id, kind="manual")

    return make


def answers(**config: Any) -> dict[str, str]:
    """The settings as a form gives them."""
    return {"connector": NAME, "version": VERSION} | {f"config.{name}": str(value) for name, value in config.items()}


def change(member: Principal, flow: DataFlow, **config: Any) -> None:
    """Other settings, as if the service had changed."""
    services.reconnect(member, flow.id, config=answers(**config), given={})


def at_work(*, within_s: float = 3) -> list[str]:
    """Processes of connectors that are still alive after some seconds."""
    until = time.monotonic() + within_s
    while (found := _alive()) and time.monotonic() < until:
        time.sleep(0.05)
    return found


def _alive() -> list[str]:
    listed = [
        " ".join(each.info["cmdline"] or ())
        for each in psutil.process_iter(["cmdline", "status"])
        if each.info["status"] != psutil.STATUS_ZOMBIE
    ]
    return [line for line in listed if f"{settings.HOME}/connectors/" in line]
