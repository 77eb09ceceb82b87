"""What the bridge asks about a request before it takes in a big body or gives it a thread for long.

The bridge calls the application with an `Admission` in the environ under `KEY`, and without the body. The application
fills in whose request it is and how much it may bring, or answers as it wants to refuse. No Django in here.
"""

from dataclasses import dataclass

from oneclick.core.errors import OneClickError

KEY = "oneclick.admission"


@dataclass(kw_only=True)
class Admission:
    """One question. `declared_bytes` is None for a body that doesn't say its length.

    With a `failure` it isn't a question: the application only puts that into words.
    """

    declared_bytes: int | None
    failure: OneClickError | None = None
    organisation: str = ""
    max_bytes: int = 0

    @property
    def is_granted(self) -> bool:
        """Whether the application let the request in."""
        return bool(self.organisation)
