"""What the runner and its process say to each other. Imports neither Django nor a driver: the process starts fast.

Downwards, on standard input: one line of JSON, with the credential in it; the pipe then stays open, and its end tells
the process to stop. Upwards: frames of a letter, a length in four bytes and a body. `S` the schema and `B` a batch
(each an Arrow IPC stream of its own), then `D` done or `E` error (JSON).
"""

import dataclasses
import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from oneclick.core.secrets import SecretText
from oneclick.warehouses.contract.data_plane import Access, SessionLimits
from oneclick.warehouses.contract.instance import AccessLevel, Installation, Instance, Login, Spec

UNBOUNDED = 1 << 60
"""More bytes than there are."""

_HEAD = struct.Struct(">cI")


class Frame(bytes, Enum):
    """The letter of a frame."""

    SCHEMA = b"S"
    BATCH = b"B"
    DONE = b"D"
    ERROR = b"E"


@dataclass(frozen=True, kw_only=True)
class Job:
    """One query with all that its process may know. `adapter` is "module:Class".

    `row_limit` None hands out every row; `max_bytes` bounds what is handed out as Arrow.
    """

    adapter: str
    installation: Installation
    access: Access
    sql: str
    limits: SessionLimits = field(default_factory=SessionLimits)
    row_limit: int | None = None
    max_bytes: int = UNBOUNDED

    def to_line(self) -> bytes:
        """As one line, secrets and all."""
        access = self.access
        packed: dict[str, Any] = {
            "adapter": self.adapter,
            "installation": {
                "id": self.installation.id,
                "home": str(self.installation.home),
                "options": {name: _open(value) for name, value in self.installation.options.items()},
            },
            "instance": {
                "id": str(access.instance.id),
                "spec": dataclasses.asdict(access.instance.spec),
                "logins": [[login.level.value, login.generation] for login in access.instance.logins],
                "config": dict(access.instance.config),
            },
            "login": [access.login.level.value, access.login.generation],
            "secret": access.secret.reveal(),
            "correlation_id": access.correlation_id,
            "sql": self.sql,
            "limits": dataclasses.asdict(self.limits),
            "row_limit": self.row_limit,
            "max_bytes": self.max_bytes,
        }
        return json.dumps(packed).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> "Job":
        """The reverse of `to_line`."""
        packed: dict[str, Any] = json.loads(line)
        told, instance = packed["installation"], packed["instance"]
        return cls(
            adapter=packed["adapter"],
            installation=Installation(
                id=told["id"],
                home=Path(told["home"]),
                options={name: _close(value) for name, value in told["options"].items()},
            ),
            access=Access(
                instance=Instance(
                    id=UUID(instance["id"]),
                    spec=Spec(**instance["spec"]),
                    logins=tuple(_login(pair) for pair in instance["logins"]),
                    config=instance["config"],
                ),
                login=_login(packed["login"]),
                secret=SecretText(packed["secret"]),
                correlation_id=packed["correlation_id"],
            ),
            sql=packed["sql"],
            limits=SessionLimits(**packed["limits"]),
            row_limit=packed["row_limit"],
            max_bytes=packed["max_bytes"],
        )


def write_frame(stream: IO[bytes], frame: Frame, body: bytes) -> None:
    """Send one frame."""
    stream.write(_HEAD.pack(frame.value, len(body)))
    stream.write(body)
    stream.flush()


def write_json(stream: IO[bytes], frame: Frame, body: Mapping[str, object]) -> None:
    """Send one frame of JSON."""
    write_frame(stream, frame, json.dumps(body).encode())


def read_frame(read: Callable[[int], bytes]) -> tuple[Frame, bytes] | None:
    """The next frame, or None where the stream ended, even in the middle of one. `read` gives less only at the end."""
    head = read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    letter, length = _HEAD.unpack(head)
    body = read(length)
    return (Frame(letter), body) if len(body) == length else None


def read_json(body: bytes) -> dict[str, Any]:
    """The body of a frame of JSON."""
    found: dict[str, Any] = json.loads(body)
    return found


def _open(value: str | SecretText) -> list[str]:
    return ["secret", value.reveal()] if isinstance(value, SecretText) else ["plain", value]


def _close(packed: list[str]) -> str | SecretText:
    kind, value = packed
    return SecretText(value) if kind == "secret" else value


def _login(pair: list[Any]) -> Login:
    return Login(level=AccessLevel(pair[0]), generation=pair[1])
