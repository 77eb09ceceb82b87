"""What a connector's process gets to see: an environment without anything of ours, and the files that it needs."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SYSTEM = (
    "/usr", "/lib", "/lib64", "/bin", "/sbin", "/opt", "/etc/ssl", "/etc/pki", "/etc/ca-certificates",
    "/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/resolv.conf", "/etc/hosts",
    "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services", "/etc/protocols", "/etc/localtime",
    "/etc/timezone", "/etc/debian_version", "/etc/redhat-release", "/etc/os-release", "/etc/lsb-release",
    "/etc/mime.types", "/etc/passwd", "/etc/group", "/dev/urandom", "/dev/random", "/dev/zero", "/proc/cpuinfo",
    "/proc/meminfo", "/proc/stat", "/proc/self", "/sys/devices/system/cpu",
)  # fmt: skip
"""Libraries, certificates, and how names are found. No /tmp, no /home, no other process."""
DEVICES = ("/dev/null", "/dev/shm")  # noqa: S108 - semaphores lie there
TRUST = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
INSTALLERS = ("UV_", "PIP_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
"""What an operator says to reach a mirror of PyPI begins so."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """The files that a process may read and write, and the TCP ports that it may connect to; None: all."""

    environment: Mapping[str, str]
    read: Sequence[str]
    write: Sequence[str]
    ports: Sequence[int] | None = None


def of_connector(connector: Path, scratch: Path, *, proxy: str, port: int) -> Bounds:
    """Those of a connector at work: its own folder, `scratch` to write in, and the way out through our proxy."""
    environment = _plain(scratch) | {
        "PATH": f"{connector / 'venv' / 'bin'}:/usr/local/bin:/usr/bin:/bin",
        "DO_NOT_TRACK": "1",
        **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), proxy),
    }
    return Bounds(environment=environment, read=_readable(connector), write=[str(scratch), *DEVICES], ports=[port])


def of_installer(draft: Path, cache: Path, tools: Sequence[Path]) -> Bounds:
    """Those of the installation: what packages run while they are built sees nothing of ours either."""
    given = {name: value for name, value in os.environ.items() if name.startswith(INSTALLERS)}
    home = Path.home()
    configuration = [home / ".config" / "uv", home / ".config" / "pip", home / ".pip", home / ".netrc"]
    environment = _plain(draft) | given | {
        "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(home), "UV_CACHE_DIR": str(cache),
        "PIP_CACHE_DIR": str(cache),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }  # fmt: skip
    wheels = [value for value in given.values() if value.startswith("/")]
    read = [*_readable(draft), *map(str, (*tools, *configuration)), *wheels, "/etc/pip.conf", "/etc/uv"]
    return Bounds(environment=environment, read=read, write=[str(draft), str(cache), *DEVICES])


def _plain(scratch: Path) -> dict[str, str]:
    trust = {name: os.environ[name] for name in TRUST if name in os.environ}
    return {"HOME": str(scratch), "TMPDIR": str(scratch), "LANG": "C.UTF-8", "TZ": "UTC", **trust}


def _readable(folder: Path) -> list[str]:
    trust = [os.environ[name] for name in TRUST if name in os.environ]
    return [*SYSTEM, sys.base_prefix, str(Path(sys.base_prefix).resolve()), str(folder), *trust]
