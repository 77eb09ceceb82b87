"""The one place where errors of requests and urllib3 become ours. None of their sentences is kept: they show URLs."""

import ssl
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from requests import exceptions as said
from urllib3 import exceptions as lower

from oneclick.outbound.errors import (
    AnswerDamaged,
    AnswerTooSlow,
    BadAddress,
    CertificateRefused,
    DestinationUnreachable,
    OutboundError,
)
from oneclick.outbound.exchange import Exchange

FAILURES = (said.RequestException, lower.HTTPError, OSError, ValueError)
"""What a call may end with; ValueError comes from the depths of http.client, for lengths below zero and the like."""

_BEFORE = (said.MissingSchema, said.InvalidSchema, said.InvalidURL)
_Kinds: TypeAlias = tuple[type[BaseException], ...]
_SENTENCES: Sequence[tuple[_Kinds, type[OutboundError], str]] = (
    ((ConnectionRefusedError,), DestinationUnreachable, "Nothing listens at {target}."),
    (
        (lower.ConnectTimeoutError,),
        DestinationUnreachable,
        "{target} doesn't answer; perhaps a firewall stands between.",
    ),
    ((TimeoutError,), AnswerTooSlow, "{target} took longer than the {timeout_s:g} seconds that a call may take."),
    ((ssl.SSLCertVerificationError,), CertificateRefused, "{target} can't prove who it is: {why}."),
    ((ssl.SSLError,), DestinationUnreachable, "{target} doesn't speak TLS as we do."),
    (
        (said.ChunkedEncodingError, said.ContentDecodingError, lower.ProtocolError, lower.DecodeError, ValueError),
        AnswerDamaged,
        "The answer of {target} can't be read.",
    ),
)
"""What is found first in this order, among an error and its causes, is what it comes to."""


def translated(error: Exception, exchange: Exchange | None = None) -> OutboundError:
    """What an error comes to. Without an exchange nothing was sent yet."""
    if exchange is None or isinstance(error, _BEFORE):
        return BadAddress("This isn't a web address, or not with these headers.")
    causes = list(_causes(error))
    for kinds, ours, sentence in _SENTENCES:
        for cause in causes:
            if isinstance(cause, kinds):
                why = getattr(cause, "verify_message", "")
                return ours(sentence.format(target=exchange.target, timeout_s=exchange.timeout_s, why=why))
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
