"""Services for tests of the supervisor: run as `services:name` with this folder on the path."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def steady() -> None:
    say("ready")
    time.sleep(300)


def crashing() -> None:
    say("I can't go on")
    sys.exit(3)


def deaf() -> None:
    """Ignores SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    say("ready")
    time.sleep(300)


def parent() -> None:
    """Has a child in a session of its own, which no signal to the group reaches."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"], start_new_session=True)
    note = Path(os.environ["ONECLICK_HOME"]) / "grandchild"
    note.with_suffix(".new").write_text(str(child.pid))
    note.with_suffix(".new").rename(note)
    time.sleep(300)


def talkative() -> None:
    for number in range(20_000):
        sys.stdout.write(f"line {number:06}\n")
    time.sleep(300)


def supervising() -> None:
    """A supervisor in a process of its own, to be killed."""
    from oneclick.stack.supervisor import Service, Supervisor

    home = Path(os.environ["ONECLICK_HOME"])
    services = [Service(name="parent", target="tests.stack.services:parent")]
    Supervisor(home, services, postgres=None, report=say, changed=lambda _: None).start()
    time.sleep(300)
