"""Which organisation the command line means where there are several and none is named: a choice kept with our state."""

from pathlib import Path

from django.conf import settings

from oneclick.accounts.models import Organisation


def chosen_organisation() -> Organisation | None:
    """The one that was chosen, unless it has gone since."""
    try:
        name = _file().read_text(encoding="utf-8").strip()
    except OSError:
        return None
    return Organisation.objects.filter(name__iexact=name).first()


def choose_organisation(organisation: Organisation) -> None:
    """Mean this one from now on."""
    _file().write_text(organisation.name + "\n", encoding="utf-8")


def _file() -> Path:
    home: Path = settings.HOME
    return home / "organisation"
