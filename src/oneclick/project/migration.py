"""Brings the database to this version: `python -m oneclick.project.migration`, run before the services start."""

import os

LOCK = 0x6F6E65636C69636B  # "oneclick": two machines that start at once must not migrate one database together


def main() -> None:
    """Apply what is missing, one process at a time."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oneclick.project.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        call_command("migrate", interactive=False, verbosity=1, no_color=True)


if __name__ == "__main__":
    main()
