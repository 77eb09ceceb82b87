"""What an HTTP API says no with, beyond what any source does.

::

    contract.errors.SourceUnavailable
    └── SourceBusy      it asks us to come back later
    contract.errors.SourceChanged
    └── PageMissing     there is nothing at the address
"""

from typing import ClassVar

from oneclick.pipelines.contract.errors import SourceChanged, SourceUnavailable


class SourceBusy(SourceUnavailable):
    """The API asks us to come back later."""

    code: ClassVar[str] = "source_busy"
    hint = "We try again by ourselves. If it goes on, lower the number of requests per second."

    def __init__(self, message: str = "", *, hint: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class PageMissing(SourceChanged):
    """There is nothing at this address."""

    code: ClassVar[str] = "page_missing"
    hint = "Check the URL."
