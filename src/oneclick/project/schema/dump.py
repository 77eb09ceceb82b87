"""The schema as PostgreSQL has it after every migration: `pg_dump`, without what differs from run to run."""

import re
import subprocess

from django.conf import settings
from psycopg.conninfo import make_conninfo

from oneclick.project.database import direct_parameters
from oneclick.stack.binaries import binaries

HEADER = """\
-- The schema of One-Click DWH's metadata, as every migration leaves it. Written by `make schema`: change the models.
-- Left out: the tables of the job queue's library (procrastinate) and the monthly partitions of the audit log.
"""
_BLOCK = re.compile(r"^--\n-- Name: (?P<name>.+?); Type: (?P<type>.+?); Schema: .*?\n--\n", re.MULTILINE)
_LEFT_OUT = re.compile(r"procrastinate|^audit_(event|seal)_\d{4}_\d{2}|^audit_(event|seal)_default")
_NOISE = re.compile(
    r"^(\\(un)?restrict .*|-- Dumped (from|by) .*|SET .*|SELECT pg_catalog\.set_config.*)\n", re.MULTILINE
)


def dump(conninfo: str = "") -> str:
    """The schema's SQL, the same for the same migrations whatever the day or the roles; of our database by default."""
    said = subprocess.run(
        [binaries(settings.HOME, None) / "pg_dump", "--schema-only", "--no-owner", "--no-tablespaces",
         "--no-privileges", "--dbname", conninfo or our_conninfo()],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return HEADER + "\n" + "\n\n".join(_kept(said)) + "\n"


def _kept(said: str) -> list[str]:
    blocks = list(_BLOCK.finditer(said))
    ends = [block.start() for block in blocks[1:]] + [len(said)]
    kept = []
    for block, end in zip(blocks, ends, strict=True):
        body = _NOISE.sub("", said[block.end() : end]).split("\n--\n-- PostgreSQL database dump complete")[0].strip()
        if body and not _LEFT_OUT.search(block["name"]):
            kept.append(f"-- {block['type'].capitalize()} {block['name']}\n{body}")
    return kept


def our_conninfo() -> str:
    """How to reach the database that Django uses."""
    return make_conninfo(**direct_parameters(application_name="oneclick-schema"))
