"""The one place where errors of requests and urllib3 become ours. None of their sentences is kept: they show URLs."""

import ssl
from collections.abc import Iterator

from requests import exceptions as said
from urllib3 import exceptions as lower

from oneclick.outbound.errors import (
    AnswerDamaged,
    BadAddress,
    CertificateRefused,
    DestinationUnreachable,
    OutboundError,
)
from oneclick.outbound.exchange import Exchange

_ADDRESS = (said.MissingSchema, said.InvalidSchema, said.InvalidURL, said.InvalidHeader, said.InvalidJSONError)
_DAMAGE = (said.ChunkedEncodingError, said.ContentDecodingError, lower.ProtocolError, lower.DecodeError)


def translated(error: Exception, exchange: Exchange | None = None) -> OutboundError:
    """What an error comes to. Without an exchange nothing was sent yet."""
    causes = list(_causes(error))
    if exchange is None or isinstance(error, _ADDRESS):
        return BadAddress("This isn't a web address, or not with these headers.")
    if exchange.is_over or any(isinstance(each, TimeoutError) for each in causes):
        return exchange.too_slow()
    for each in causes:
        if isinstance(each, ssl.SSLCertVerificationError):
            return CertificateRefused(f"{exchange.target} can't prove who it is: {each.verify_message}.")
        if isinstance(each, ssl.SSLError):
            return DestinationUnreachable(
                f"{exchange.target} doesn't speak TLS as we do ({each.reason or 'it ended'})."
            )
    if isinstance(error, _DAMAGE) and not any(isinstance(each, ConnectionRefusedError) for each in causes):
        return AnswerDamaged(f"The answer of {exchange.target} can't be read.")
    return DestinationUnreachable(f"{exchange.target} can't be reached.")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, what it was raised from, and what requests and urllib3 carry in their arguments."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        each = waiting.pop(0)
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        inside = [argument for argument in each.args if isinstance(argument, BaseException)]
        reason = getattr(each, "reason", None)
        inside += [reason] if isinstance(reason, BaseException) else []
        waiting += [each.__cause__, each.__context__, *inside]
