"""The root of every error that a person may see.

::

    OneClickError
    ├── warehouses.contract.errors.ContractError   what an adapter may raise
    └── one tree per package, in its errors.py
"""

from typing import ClassVar


class OneClickError(Exception):
    """Says what happened, why, and what to do now; carries no secret.

    `code` is stable and documented in `docs/reference/errors.md`; `hint` is what the person should do.
    """

    code: ClassVar[str] = "error"
    hint: str = ""

    def __init__(self, message: str = "", *, hint: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").strip().split("\n")[0])
        if hint:
            self.hint = hint

    @property
    def message(self) -> str:
        """One plain sentence: what happened and why."""
        return str(self)
