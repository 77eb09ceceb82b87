import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from pytest_django import Settings

from oneclick.audit.models import AuditEvent
from oneclick.cli import main
from oneclick.core.environment import SettingError
from oneclick.core.secrets import SecretText
from oneclick.project.rekeying import rekey
from oneclick.secret_store import services
from oneclick.secret_store.errors import WrongMasterKey
from oneclick.secret_store.models import Secret

pytestmark = pytest.mark.django_db


@pytest.fixture
def own_home(settings: Settings, tmp_path: Path) -> Path:
    settings.HOME = tmp_path
    Secret.objects.all().delete()
    return tmp_path


@pytest.fixture
def new_key(tmp_path: Path) -> Path:
    file = tmp_path / "new.key"
    file.write_text(base64.b64encode(b"n" * 32).decode() + "\n")
    return file


def sow() -> str:
    return services.put(SecretText("canary-value"), organisation_id=None, owner="t")


def moves() -> int:
    return AuditEvent.objects.filter(action="secrets.rewrapped").count()


def test_every_secret_moves_and_the_key_of_the_home_is_in_force(own_home: Path, new_key: Path) -> None:
    references, before = [sow(), sow()], moves()

    done = rekey(new_key, actor="operator:test")

    assert (done.secrets, done.is_in_force) == (2, True)
    assert [services.get(reference).reveal() for reference in references] == ["canary-value"] * 2
    kept = own_home / "keys" / "master.key"
    assert kept.read_text() == new_key.read_text().strip()
    assert kept.stat().st_mode & 0o777 == 0o600
    event = AuditEvent.objects.filter(action="secrets.rewrapped").latest("id")
    assert (moves(), event.actor, event.detail["secrets"]) == (before + 1, "operator:test", 2)
    assert "canary" not in str(event.detail)


def test_cut_off_before_the_key_is_in_force_it_is_finished_by_another_call(
    own_home: Path, new_key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference, before = sow(), moves()

    def killed(path: Path, text: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("oneclick.project.rekeying.write_private", killed)
        with pytest.raises(KeyboardInterrupt):
            rekey(new_key, actor="operator:test")
    with pytest.raises(WrongMasterKey):
        services.get(reference)

    done = rekey(new_key, actor="operator:test")

    assert (done.secrets, done.is_in_force) == (0, True)
    assert services.get(reference).reveal() == "canary-value"
    assert moves() == before + 1


def test_a_key_from_the_environment_has_to_be_changed_there(own_home: Path, new_key: Path, settings: Settings) -> None:
    settings.ONECLICK_MASTER_KEY = SecretText(base64.b64encode(b"o" * 32).decode())
    reference = sow()

    assert not rekey(new_key, actor="operator:test").is_in_force

    assert not (own_home / "keys" / "master.key").exists()
    settings.ONECLICK_MASTER_KEY = SecretText(new_key.read_text().strip())
    assert services.get(reference).reveal() == "canary-value"
    assert rekey(new_key, actor="operator:test").is_in_force


def test_secrets_of_a_third_key_are_refused_and_nothing_moves(
    own_home: Path, new_key: Path, settings: Settings
) -> None:
    sow()
    stored = list(Secret.objects.values_list("wrapped_key", flat=True))
    settings.ONECLICK_MASTER_KEY = SecretText(base64.b64encode(b"t" * 32).decode())

    with pytest.raises(WrongMasterKey):
        rekey(new_key, actor="operator:test")

    assert list(Secret.objects.values_list("wrapped_key", flat=True)) == stored


@pytest.mark.parametrize("prepare", [lambda file: file.write_text("short"), Path.unlink])
def test_a_file_without_a_key_is_named(own_home: Path, new_key: Path, prepare: Callable[[Path], object]) -> None:
    prepare(new_key)
    with pytest.raises(SettingError, match=r"new\.key"):
        rekey(new_key, actor="operator:test")


def test_the_command_asks_first_and_shows_no_key(own_home: Path, new_key: Path) -> None:
    sow()
    command = ["secrets", "rewrap", "--new-key-file", str(new_key)]

    before = Secret.objects.get().key_id
    assert CliRunner().invoke(main, command, input="n\n").exit_code == 1
    assert Secret.objects.get().key_id == before
    done = CliRunner().invoke(main, [*command, "--yes"])

    assert done.exit_code == 0, done.output
    assert "Moved to the new master key: 1." in done.output
    assert new_key.read_text().strip() not in done.output
