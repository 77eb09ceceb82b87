"""Why we don't connect somewhere, or don't take what came from there.

::

    OutboundError
    ├── BadDestination           it isn't a host and a port, or a network
    ├── BadAddress               a web address that we don't call
    ├── DestinationRefused       it isn't public, and nobody allowed it
    ├── DestinationNotAllowable  it can't be allowed, or not from where it was tried
    ├── DestinationNotFound      it isn't on the list of what is allowed
    ├── TooManyDestinations      the list is full
    ├── RedirectRefused          it sends us on in a way that we don't follow
    ├── DestinationUnreachable   nobody answers there
    ├── CertificateRefused       it can't prove that it is who we called
    ├── AnswerTooSlow            it took longer than the whole call may
    ├── AnswerTooLarge           it sent more than we take
    └── AnswerDamaged            what it sent can't be read
"""

from typing import ClassVar

from oneclick.core.errors import ErrorKind, OneClickError


class OutboundError(OneClickError):
    """We don't connect there."""

    code: ClassVar[str] = "outbound_error"


class BadDestination(OutboundError):
    """This isn't a host with a port, nor a network."""

    code = "bad_destination"
    hint = "Write host:port, such as db.example.com:5432 or [fd12::5]:5432, or a network, such as 10.20.0.0/16."


class BadAddress(OutboundError):
    """This isn't a web address that we call."""

    code = "bad_address"
    hint = "Write it like https://host/path or https://host:8443/path, without a user name in it."


class DestinationRefused(OutboundError):
    """The address isn't a public one, and nobody has allowed it."""

    code = "destination_refused"
    hint = "An operator can allow it, under Installation, Connections, or with: oneclick outbound allow HOST:PORT"

    def __init__(self, message: str = "", *, host: str = "", port: int = 0, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.host = host
        self.port = port


class DestinationNotAllowable(OutboundError):
    """This destination can't be allowed."""

    code = "destination_not_allowable"
    hint = "Allow one host with its port, or a network of yours."


class DestinationNotFound(OutboundError):
    """This destination isn't on the list of what is allowed."""

    code = "destination_not_found"
    kind = ErrorKind.NOT_FOUND
    hint = "See the list with: oneclick outbound list"


class TooManyDestinations(OutboundError):
    """The list of allowed destinations is full."""

    code = "too_many_destinations"
    hint = "Allow a network instead of its hosts one by one, or remove what isn't used: oneclick outbound forget …"


class RedirectRefused(OutboundError):
    """It sends us on in a way that we don't follow."""

    code = "redirect_refused"
    hint = "Give the address where it really is."


class DestinationUnreachable(OutboundError):
    """It can't be reached."""

    code = "destination_unreachable"
    kind = ErrorKind.UNAVAILABLE
    hint = "Check host and port, that it runs, and that a firewall lets us through."


class CertificateRefused(OutboundError):
    """It can't prove that it is who we called: its TLS certificate isn't valid for us."""

    code = "certificate_refused"
    hint = (
        "Check the host name and the certificate. Your own certificate authority has to be in the trust store of the "
        "machine that One-Click runs on, or in the file that SSL_CERT_FILE names; then restart it."
    )


class AnswerTooSlow(OutboundError):
    """It didn't answer in time."""

    code = "answer_too_slow"
    kind = ErrorKind.UNAVAILABLE
    hint = "Try again later, and check the address if that doesn't help."


class AnswerTooLarge(OutboundError):
    """It answered with more than we take."""

    code = "answer_too_large"
    hint = "Check that the address leads to what was meant."


class AnswerDamaged(OutboundError):
    """What it answered can't be read."""

    code = "answer_damaged"
    kind = ErrorKind.UNAVAILABLE
    hint = "Try again, and check that the address leads to what was meant."
