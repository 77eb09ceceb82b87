"""What a connector says: messages of the Airbyte protocol, one JSON object a line, among lines that are no messages.

Of a record only the frame is parsed; its data stays the text that the connector wrote.
"""

import json
from typing import Any

import msgspec

from oneclick.pipelines.contract.errors import SourceDamaged


class Record(msgspec.Struct):
    """One row; `data` is its JSON as it was written."""

    stream: str
    data: msgspec.Raw
    namespace: str | None = None


class Log(msgspec.Struct):
    """A line of its log."""

    level: str = "INFO"
    message: str = ""


class Message(msgspec.Struct):
    """A message; the part that its `type` names is there (https://docs.airbyte.com/platform/understanding-airbyte/airbyte-protocol)."""

    type: str
    record: Record | None = None
    state: dict[str, Any] | None = None
    trace: dict[str, Any] | None = None
    spec: dict[str, Any] | None = None
    catalog: dict[str, Any] | None = None
    connectionStatus: dict[str, Any] | None = None  # noqa: N815 - the protocol's name
    log: Log | None = None


_decoder = msgspec.json.Decoder(Message)
_FRAME = b'{"type"'
_ROW_OR_STATE = (b'"RECORD"', b'"STATE"')


def message(line: bytes) -> Message | None:
    """The message of a line; None for a line that is none. Raises `SourceDamaged` for one that broke off."""
    try:
        return _decoder.decode(line)
    except msgspec.DecodeError:
        return _mended(line)


def _mended(line: bytes) -> Message | None:
    """A message behind what something else printed without ending its line, or with what JSON doesn't have."""
    at = line.find(_FRAME)
    if at > 0:
        return message(line[at:])
    if not any(word in line[:200] for word in _ROW_OR_STATE):
        return None
    try:
        found = json.loads(line, parse_constant=lambda _: None)
        if found["type"] == "STATE":
            return Message(type="STATE", state=found["state"])
        record = found["record"]
        data = msgspec.Raw(json.dumps(record["data"]).encode())
        return Message(type="RECORD", record=Record(stream=record["stream"], data=data))
    except (ValueError, LookupError, TypeError) as exc:
        raise SourceDamaged("The connector sent a row that isn't whole.") from exc
