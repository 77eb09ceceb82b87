"""What can go wrong with organisations and their members.

::

    OneClickError
    └── AccountsError
        ├── Unauthenticated             no valid token, no session
        ├── TooManyWrongTokens          again and again, from one address
        ├── CsrfRefused                 a session's change came from another site
        ├── FreshSignInNeeded           a session that wants to destroy or reveal something
        ├── OrganisationNotFound
        ├── OrganisationExists
        ├── DomainTaken                 the e-mail domain is another organisation's
        ├── OrganisationNotNamed        there are several, and nobody said which
        ├── OrganisationNotChosen       the same, for somebody who is signed in
        ├── NoOrganisation              signed in, and a member of none
        ├── SignUpClosed                strangers may not make organisations here
        ├── OwnProviderRequired         the organisation is entered through its own identity provider alone
        ├── MemberNotFound
        ├── AlreadyMember
        ├── LastAdmin                   somebody must be left who can manage the organisation
        ├── InvitationNotFound
        ├── InvitationUsed
        ├── InvitationExpired
        ├── InvitationRevoked
        ├── InvitationForSomebodyElse
        ├── ServiceAccountNotFound
        ├── ServiceAccountExists
        ├── TokenNotFound
        ├── TokenMayNot                 a token would get more than its maker has
        ├── UserNotFound                on the command line: nobody, or several, of that address
        ├── LastOperator                on pages, somebody must be left who can let others in
        ├── AdminExists                 an operator makes an organisation's first admin only
        └── BadAccountInput
"""

from typing import ClassVar

from oneclick.core.errors import ErrorKind, OneClickError


class AccountsError(OneClickError):
    """This can't be done with an organisation."""

    code = "accounts_error"


class Unauthenticated(AccountsError):
    """The request carries no valid token."""

    code = "unauthenticated"
    kind: ClassVar[ErrorKind] = ErrorKind.UNKNOWN_CALLER
    hint = "Send: Authorization: Bearer <token>. Make a token with: oneclick token create NAME"


class TooManyWrongTokens(AccountsError):
    """Too many requests with a token that doesn't work came from this address."""

    code = "too_many_wrong_tokens"
    kind: ClassVar[ErrorKind] = ErrorKind.BUSY
    hint = "Check the token, then try again in a quarter of an hour."


class FreshSignInNeeded(AccountsError):
    """This reveals or destroys something, and your sign-in is older than a quarter of an hour."""

    code = "fresh_sign_in_needed"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_ALLOWED
    hint = "Sign in once more at /sign-in/again, or use an API token."


class CsrfRefused(AccountsError):
    """The request didn't come from one of our pages."""

    code = "csrf_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_ALLOWED
    hint = "With a session, send the header X-CSRFToken; or use a token instead."


class OrganisationNotFound(AccountsError):
    """There is no such organisation."""

    code = "organisation_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND
    hint = "See those that exist with: oneclick organisation list"


class OrganisationExists(AccountsError):
    """An organisation of that name or domain exists."""

    code = "organisation_exists"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT
    hint = "Choose another name."


class DomainTaken(AccountsError):
    """This e-mail domain is another organisation's."""

    code = "domain_taken"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT
    hint = "Take it away from that organisation first, or choose another one."


class OrganisationNotNamed(AccountsError):
    """There are several organisations."""

    code = "organisation_not_named"


class OrganisationNotChosen(AccountsError):
    """You belong to several organisations."""

    code = "organisation_not_chosen"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT
    hint = "Choose one at /organisations first."


class NoOrganisation(AccountsError):
    """You are signed in, but belong to no organisation."""

    code = "no_organisation"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_ALLOWED
    hint = "Ask an admin of your organisation for an invitation."


class SignUpClosed(AccountsError):
    """This installation doesn't let people make organisations of their own."""

    code = "sign_up_closed"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_ALLOWED
    hint = "Ask an admin of your organisation for an invitation, or whoever runs this installation."


class OwnProviderRequired(AccountsError):
    """Your organisation is entered through its own identity provider alone."""

    code = "own_provider_required"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_ALLOWED
    hint = "Sign out, then sign in with your organisation's identity provider."


class MemberNotFound(AccountsError):
    """There is no such member."""

    code = "member_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND
    hint = "See who belongs to the organisation at /team, or with: oneclick member list"


class AlreadyMember(AccountsError):
    """Whoever has this address is a member already."""

    code = "already_member"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT
    hint = "Change the member's role instead."


class LastAdmin(AccountsError):
    """Without this admin nobody could manage the organisation."""

    code = "last_admin"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT
    hint = "Make somebody else an admin first."


class InvitationNotFound(AccountsError):
    """There is no such invitation."""

    code = "invitation_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND
    hint = "Check that the link is whole, or ask for a new one."


class InvitationUsed(AccountsError):
    """This invitation was accepted already."""

    code = "invitation_used"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT
    hint = "If it was you, just sign in. If not, tell an admin of the organisation."


class InvitationExpired(AccountsError):
    """This invitation is too old."""

    code = "invitation_expired"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT
    hint = "Ask for a new one."


class InvitationRevoked(AccountsError):
    """This invitation was taken back."""

    code = "invitation_revoked"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT
    hint = "Ask for a new one, if this is a mistake."


class InvitationForSomebodyElse(AccountsError):
    """This invitation is for another e-mail address than the one that you signed in with."""

    code = "invitation_for_somebody_else"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_ALLOWED
    hint = "Sign in with the invited address, or ask for an invitation to yours."


class ServiceAccountNotFound(AccountsError):
    """There is no such service account."""

    code = "service_account_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND
    hint = "See those that exist at /tokens."


class ServiceAccountExists(AccountsError):
    """A service account of that name exists."""

    code = "service_account_exists"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT
    hint = "Choose another name."


class TokenNotFound(AccountsError):
    """There is no such token."""

    code = "token_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND
    hint = "See those that exist with: oneclick token list"


class TokenMayNot(AccountsError):
    """A token can't be given more than its maker has."""

    code = "token_may_not"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_ALLOWED
    hint = "Choose a lower role, fewer scopes or an earlier end."


class UserNotFound(AccountsError):
    """Nobody with this address has signed in yet."""

    code = "user_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND
    hint = "Let the person sign in once, then do it again."


class NotAPerson(AccountsError):
    """This is about a person, and none asks: it was a service account's token, an operator's, or one with scopes."""

    code = "not_a_person"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_ALLOWED
    hint = "Use the pages, or a token of your own without scopes."


class LastOperator(AccountsError):
    """The last operator keeps the right, so that somebody is left to give it."""

    code = "last_operator"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT
    hint = "Make somebody else an operator first, or take it back on the machine: oneclick operator take-back E-MAIL"


class AdminExists(AccountsError):
    """The organisation has an admin already, who invites the others."""

    code = "admin_exists"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT
    hint = "Ask its admins. If none can come in, on the machine: oneclick admin invite E-MAIL --organisation NAME"


class BadAccountInput(AccountsError):
    """A value can't be used."""

    code = "bad_account_input"
