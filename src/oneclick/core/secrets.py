"""The wrapper that every secret value travels in."""

from typing import NoReturn


class SecretText:
    """A secret string that shows nothing in `repr`, `str`, formatting or logs, and refuses to be pickled.

    `reveal()` is the only way to the value; it is called where the value leaves the process and nowhere else.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself."""
        return self._value

    def __repr__(self) -> str:
        return "SecretText(•••)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretText) and self._value == other._value

    def __hash__(self) -> int:
        return hash((SecretText, self._value))

    def __bool__(self) -> bool:
        return bool(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled; pass its reference and read it where it is needed")
