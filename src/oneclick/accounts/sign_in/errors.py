"""What can go wrong on the way in.

::

    OneClickError
    └── SignInError
        ├── ProviderUnusable         what an admin typed can't be a provider
        │   └── ProviderNotProved    nobody has signed in through it since it was changed
        ├── ProviderNotFound
        ├── ProviderFailed           the provider can't be reached, or doesn't keep to OpenID Connect
        ├── SignInRefused            the provider's answer isn't to be trusted
        │   ├── AttemptUnknown       no such attempt: used already, too old, or begun in another browser
        │   ├── TokenRefused
        │   ├── EmailRefused
        │   ├── GroupsMissing
        │   └── NotAdmitted          known, but belongs nowhere
        ├── LocalSignInRefused       e-mail, password or code is wrong
        ├── LinkUnknown              a one-time link that was used, has expired or never was
        └── TooManyAttempts
"""

from typing import ClassVar

from oneclick.core.errors import ErrorKind, OneClickError


class SignInError(OneClickError):
    """Sign-in didn't work."""

    code = "sign_in_error"


class ProviderUnusable(SignInError):
    """This identity provider can't be used as it was described."""

    code = "provider_unusable"


class ProviderNotProved(ProviderUnusable):
    """Nobody has signed in through this identity provider since it was set up or changed."""

    code = "provider_not_proved"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT
    hint = "Test the connection first; then enforce it."


class ProviderNotFound(SignInError):
    """There is no such identity provider."""

    code = "provider_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND
    hint = "See those that exist under Settings, Sign-in."


class ProviderFailed(SignInError):
    """The identity provider can't be reached, or its answer makes no sense."""

    code = "provider_failed"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE
    hint = "Try again in a minute. If it lasts, an admin with a local account can still sign in."


class SignInRefused(SignInError):
    """The identity provider's answer was refused."""

    code = "sign_in_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_ALLOWED
    hint = "Start again from the sign-in page."


class AttemptUnknown(SignInRefused):
    """This sign-in was begun elsewhere, took too long, or is over already."""

    code = "sign_in_unknown"


class TokenRefused(SignInRefused):
    """The identity provider's token isn't valid."""

    code = "sign_in_token_refused"
    hint = "Start again. If it happens again, give the correlation id to your admin."


class EmailRefused(SignInRefused):
    """The e-mail address can't be accepted."""

    code = "sign_in_email_refused"
    hint = "Ask your admin, or sign in with another account."


class GroupsMissing(SignInRefused):
    """The identity provider left out the groups that say what you may do."""

    code = "sign_in_groups_missing"
    hint = "Ask your admin to send app roles, or only the groups that are assigned to this application."


class NotAdmitted(SignInRefused):
    """You are known, but you don't belong to an organisation here."""

    code = "not_admitted"
    hint = "Ask an admin of your organisation to invite you."


class LocalSignInRefused(SignInError):
    """The e-mail address, password or code is wrong."""

    code = "local_sign_in_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_ALLOWED
    hint = "Try again. Whoever runs this installation can make a new link: oneclick admin invite EMAIL"


class LinkUnknown(SignInError):
    """This link was used already, has expired or never was."""

    code = "admin_link_unknown"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND
    hint = "Make another on the machine that runs One-Click DWH: oneclick admin invite EMAIL"


class TooManyAttempts(SignInError):
    """There were too many attempts."""

    code = "too_many_attempts"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_ALLOWED
    hint = "Wait, then try again."
