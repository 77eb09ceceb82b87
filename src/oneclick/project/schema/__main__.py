"""Write the schema's reference: `python -m oneclick.project.schema [DOCS]`; `make schema` runs it.

It migrates a database of its own, on a server of its own that it stops and removes again.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from oneclick.stack.postgres import EmbeddedPostgres


def main(docs: Path) -> None:
    """Write every file of the schema's reference under the documentation's folder."""
    # A folder that PostgreSQL's own user can reach, which a TMPDIR inside root's home is not.
    home = Path(tempfile.mkdtemp(prefix="oneclick-schema-", dir="/tmp"))
    home.chmod(0o755)
    server = EmbeddedPostgres(home)
    try:
        server.start()
        os.environ |= {"ONECLICK_HOME": str(home), "DJANGO_SETTINGS_MODULE": "oneclick.project.settings"}
        _write(docs)
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def _write(docs: Path) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from oneclick.project.schema.files import schema_files

    call_command("migrate", verbosity=0)
    for name, text in schema_files().items():
        path = docs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs"))
