"""Answers of requests, read within the limits of their call, whatever the other side sends."""

import codecs
import re
from collections.abc import Iterator
from typing import Any

from requests import Response
from requests.exceptions import JSONDecodeError

from oneclick.outbound.errors import OutboundError
from oneclick.outbound.exchange import Exchange
from oneclick.outbound.failures import FAILURES, translated

LARGEST_CHUNK = 1 << 16
_PLAIN = re.compile(
    r"utf-(8|16|32)(-le|-be|-sig)?|ascii|iso8859-\d+|cp125\d|koi8-[rtu]|euc_(jp|kr)|shift_jis|gb(2312|k|18030)|big5"
)


class GuardedResponse(Response):
    """Its body ends at the call's limits, by `content`, `text`, `json()`, `iter_content` or `iter_lines`.

    What is read from `raw` is limited as it arrives, but not as it is unpacked.
    """

    def __init__(self, response: Response, exchange: Exchange) -> None:
        super().__init__()
        vars(self).update(vars(response))
        self._exchange = exchange
        self.encoding = _plain_encoding(response.encoding)

    @property
    def apparent_encoding(self) -> str:
        """UTF-8: guessing takes time that a hostile body would make long."""
        return "utf-8"

    def iter_content(self, chunk_size: int | None = 1, decode_unicode: bool = False) -> Iterator[Any]:
        """The body, unpacked; raises `AnswerTooLarge`, `AnswerTooSlow`, `AnswerDamaged`."""
        # Without a size, or with a huge one, all that a small packed body unpacks to would be in memory at once.
        chunks = super().iter_content(min(chunk_size or LARGEST_CHUNK, LARGEST_CHUNK), decode_unicode)
        size = 0
        try:
            for chunk in chunks:
                size += len(chunk)
                if size > self._exchange.max_bytes:
                    raise self._exchange.too_large()
                yield chunk
                self._exchange.left_s()
        except OutboundError:
            self.close()
            raise
        except FAILURES as exc:
            self.close()
            raise translated(exc, self._exchange) from None

    def json(self, **options: Any) -> Any:
        """The body's JSON; raises requests' `JSONDecodeError`, a `ValueError`, whatever is wrong with it."""
        try:
            return super().json(**options)
        except JSONDecodeError:
            raise
        except (RecursionError, ValueError):
            raise JSONDecodeError("It is nested too deeply, or has a number of too many digits", "", 0) from None


def _plain_encoding(name: str | None) -> str | None:
    """The name if text can be read so in linear time: a megabyte said to be punycode took minutes."""
    try:
        return name if name and _PLAIN.fullmatch(codecs.lookup(name).name) else None
    except LookupError:
        return None
