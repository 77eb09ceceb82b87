"""What every part of the REST API shares: the shape of errors, strict input, pages by keyset."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from ninja import Header, Query, Schema
from pydantic import ConfigDict, Field

from oneclick.core.errors import ErrorKind, OneClickError

T = TypeVar("T")

STATUS_OF_KIND: Mapping[ErrorKind, int] = {
    ErrorKind.REFUSED: 422,
    ErrorKind.NOT_FOUND: 404,
    ErrorKind.UNKNOWN_CALLER: 401,
    ErrorKind.NOT_ALLOWED: 403,
    ErrorKind.CONFLICT: 409,
    ErrorKind.OUR_FAULT: 500,
    ErrorKind.UNAVAILABLE: 503,
    ErrorKind.BUSY: 429,
    ErrorKind.TOO_LARGE: 413,
    ErrorKind.TOO_SLOW: 408,
}
"""The HTTP status of each kind of error."""


class InvalidRequest(OneClickError):
    """The request doesn't fit."""

    code = "invalid_request"
    hint = "Compare it with /api/docs."


class FieldProblem(Schema):
    """What is wrong with one part of the request."""

    field: Annotated[str, Field(description="Where it is, such as `body.name` or `query.limit`.")]
    message: str


class ErrorBody(Schema):
    """What happened, why, and what to do now."""

    code: Annotated[str, Field(description="Stable: programs may depend on it.")]
    message: Annotated[str, Field(description="What happened and why, for a person.")]
    hint: Annotated[str, Field(description="What to do now.")] = ""
    correlation_id: Annotated[str, Field(description="Finds the request in the logs and in the audit log.")] = ""
    fields: Annotated[
        list[FieldProblem], Field(description="Which parts of the request are wrong.", default_factory=list)
    ]


class ErrorAnswer(Schema):
    """The body of every answer that isn't a success."""

    error: ErrorBody


class Input(Schema):
    """A request's body: unknown fields are errors, so that a typing mistake is not silently ignored."""

    model_config = ConfigDict(extra="forbid")


class Identified(Schema):
    """Something with an id, which sorts by age."""

    id: UUID


class Page(Schema, Generic[T]):
    """One page of a list, newest first."""

    items: list[T]
    next: Annotated[str | None, Field(description="Ask with `before=` this value for the next page.")] = None


def errors(*statuses: int) -> dict[int, type[ErrorAnswer]]:
    """The answers to document beside the successful one; those that any operation may give are added."""
    return dict.fromkeys(sorted({401, 403, 422, 429, 500, 503, *statuses}), ErrorAnswer)


Listed = TypeVar("Listed", bound=Identified)

Limit = Annotated[int, Query(description="How many a page has.", ge=1, le=200)]
Before = Annotated[UUID | None, Query(description="`next` of the page before.")]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Any text of yours: the same key with the same request leads to the same job, for a day.",
        min_length=1,
        max_length=255,
    ),
]


def page(found: Sequence[Listed], limit: int) -> Page[Listed]:
    """One page, where one more than `limit` was asked for to see whether another follows."""
    shown = list(found[:limit])
    return Page(items=shown, next=str(shown[-1].id) if len(found) > limit else None)
