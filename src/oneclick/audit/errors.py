"""What can go wrong with the audit log.

::

    OneClickError
    └── AuditError
        ├── WrongAuditKey     the key in force isn't the one that the log was sealed with
        ├── AuditBroken       something was changed behind our back
        └── AuditNotSealed    retention has to wait for the sealer
"""

from oneclick.core.errors import OneClickError


class AuditError(OneClickError):
    """The audit log can't do this."""

    code = "audit_error"


class WrongAuditKey(AuditError):
    """The audit log was sealed with another key."""

    code = "wrong_audit_key"
    hint = (
        "Put back the audit key that this installation was started with: in ONECLICK_AUDIT_KEY, "
        "ONECLICK_AUDIT_KEY_FILE or <home>/keys/audit.key. Nothing was sealed."
    )


class AuditBroken(AuditError):
    """The audit log was changed outside of One-Click."""

    code = "audit_broken"
    hint = "See what and where with: oneclick audit verify"


class AuditNotSealed(AuditError):
    """Events of that time still wait for their seal."""

    code = "audit_not_sealed"
    hint = "Check that the worker runs with: oneclick status. Then try again."
