"""Whether a secret is heard somewhere, in whatever spelling; and all that our own database would tell a thief."""

import base64
import os
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from psycopg.conninfo import make_conninfo

from oneclick.stack.binaries import binaries

PLAIN = re.compile(r"[A-Za-z0-9_-]+")
SHORTEST = 8


@dataclass
class Listener:
    """Remembers secrets by name, and what was said at each place. `shown` are the stated exceptions, by place."""

    secrets: dict[str, str] = field(default_factory=dict)
    said: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def keep(self, name: str, secret: str) -> str:
        """A secret that nobody may hear from now on."""
        assert len(max(PLAIN.findall(secret), key=len)) >= SHORTEST, f"{name}: too short to be looked for"
        assert self.secrets.setdefault(name, secret) == secret, f"{name} is another secret already"
        return secret

    def hear(self, place: str, *said: object) -> None:
        self.said[place] += [str(each) for each in said]

    def leaks(self, shown: Mapping[str, set[str]]) -> set[tuple[str, str]]:
        """Every (place, secret) that shouldn't be."""
        texts = {place: "\n".join(said).lower() for place, said in self.said.items()}
        return {
            (place, name)
            for name, secret in self.secrets.items()
            for spelling in set(spellings(secret))
            for place, text in texts.items()
            if spelling.lower() in text and name not in shown.get(place, ())
        }


def spellings(secret: str) -> Iterator[str]:
    """Its longest run of plain characters, which no page, address, JSON or dump escapes; in hex, and in base64
    wherever it may begin.
    """
    yield from (secret, max(PLAIN.findall(secret), key=len), secret.encode().hex())
    for before in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            # What depends on the neighbours is left away: up to two characters before, up to three behind.
            yield encode(b"x" * before + secret.encode()).decode().rstrip("=")[(0, 2, 3)[before] : -2]


def pg_dump(settings: Mapping[str, Any]) -> str:
    """The whole database of these Django settings, as PostgreSQL's own tool writes it."""
    where = {"host": settings["HOST"], "port": settings["PORT"], "user": settings["USER"], "dbname": settings["NAME"]}
    return _dumped("pg_dump", make_conninfo(**where), password=settings["PASSWORD"])


def pg_dump_roles(superuser_url: str) -> str:
    """The server's roles with what it keeps of their passwords."""
    return _dumped("pg_dumpall", "--globals-only", "--dbname", superuser_url)


def _dumped(program: str, *arguments: str, password: str = "") -> str:
    done = subprocess.run(
        [binaries(Path("/"), None) / program, *arguments],
        env={**os.environ, "PGPASSWORD": password}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout
