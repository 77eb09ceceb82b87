"""The product's own settings over a PostgreSQL that lives as long as the test run."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

for name in [name for name in os.environ if name.startswith("ONECLICK_")] + ["DATABASE_URL"]:
    os.environ.pop(name, None)

# A folder that PostgreSQL's own user can reach, which a TMPDIR inside root's home is not.
TEST_HOME = Path(tempfile.mkdtemp(prefix="oneclick-test-", dir="/tmp"))
TEST_HOME.chmod(0o755)
os.environ["ONECLICK_HOME"] = str(TEST_HOME)

from oneclick.stack.postgres import EmbeddedPostgres  # noqa: E402 - the environment comes first

_server = EmbeddedPostgres(TEST_HOME)
_server.start()


def _stop() -> None:
    _server.stop()
    shutil.rmtree(TEST_HOME, ignore_errors=True)


atexit.register(_stop)

from oneclick.project.settings import *  # noqa: E402, F403 - Django reads this module's names
