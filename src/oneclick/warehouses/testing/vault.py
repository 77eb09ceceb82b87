"""A vault that outlives every simulated crash, as the product's does."""

import threading
from collections.abc import Callable

from oneclick.core.secrets import SecretText
from oneclick.warehouses.contract.errors import NotFound
from oneclick.warehouses.contract.instance import SecretMaker


class MemoryVault:
    """The secrets of one warehouse. `hook` is called before and after a secret is made, and may raise there."""

    def __init__(self) -> None:
        self.hook: Callable[[str], None] | None = None
        self._secrets: dict[str, SecretText] = {}
        self._ever: list[SecretText] = []
        self._lock = threading.Lock()

    def get(self, name: str) -> SecretText:
        """The secret of that name; raises `NotFound`."""
        try:
            return self._secrets[name]
        except KeyError as exc:
            raise NotFound(f"There is no secret {name!r}.") from exc

    def get_or_create(self, name: str, make: SecretMaker) -> SecretText:
        """The secret of that name, made the first time; all callers get the same one."""
        self._call_hook(f"before secret {name}")
        with self._lock:
            if name not in self._secrets:
                self._secrets[name] = make()
                self._ever.append(self._secrets[name])
        self._call_hook(f"after secret {name}")
        return self._secrets[name]

    def delete(self, name: str) -> None:
        """Forget it; gone already is fine."""
        self._secrets.pop(name, None)

    def ever(self) -> list[str]:
        """The text of every secret that was ever in here, to look for it where it must not be."""
        return [secret.reveal() for secret in self._ever]

    def _call_hook(self, point: str) -> None:
        if self.hook is not None:
            self.hook(point)
