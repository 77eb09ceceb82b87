"""What the REST API takes and gives about notifications."""

from collections.abc import Mapping
from typing import Annotated, Self

from ninja import Schema
from pydantic import Field, StringConstraints

from oneclick.notifications.kinds import Kind
from oneclick.web.rest import Input


class ChoiceAnswer(Schema):
    """One kind of notification, and whether you want it."""

    kind: str
    label: str
    help: str
    by_email: bool


class ChoicesAnswer(Schema):
    """All that you can be told of; `is_sent` says whether this installation has a mail server."""

    is_sent: bool
    choices: list[ChoiceAnswer]

    @classmethod
    def of(cls, chosen: Mapping[Kind, bool], *, is_sent: bool) -> Self:
        """From somebody's choices."""
        return cls(
            is_sent=is_sent,
            choices=[
                ChoiceAnswer(kind=kind.key, label=kind.label, help=kind.help, by_email=by_email)
                for kind, by_email in chosen.items()
            ],
        )


Key = Annotated[str, StringConstraints(max_length=50)]


class ChoicesRequest(Input):
    """What to be told of; kinds that aren't named stay as they are."""

    by_email: Annotated[dict[Key, bool], Field(description='Such as {"change_ended": false}.', max_length=50)]


class TrialRequest(Input):
    """Where a mail goes that tries the mail server."""

    to: Annotated[str, StringConstraints(min_length=3, max_length=254)]
