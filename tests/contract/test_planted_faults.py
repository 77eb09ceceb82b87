"""The suite notices: for each broken adapter, the test that names the broken promise fails."""

import pytest

from adapter_postgresql import PostgresqlAdapter
from tests.contract import broken

pytest_plugins = ["pytester"]

MODULE = """
import pytest
from oneclick.warehouses.testing import AdapterSuite
from {module} import {adapter}
from tests.contract.postgresql import PostgresqlHarness

class TestBroken(AdapterSuite):
    @pytest.fixture(scope="class")
    @classmethod
    def harness(cls):
        return PostgresqlHarness({adapter})
"""

# The broken adapter, the test that must fail, and what it must say.
FAULTS = (
    (broken.AdoptsForeignObjects, "test_a_foreign_object_is_never_adopted", "<Action.BLOCKED: 'blocked'> in {"),
    (broken.ForgetsItsTag, "test_no_object_is_ever_there_without_its_proof", "after vendor call 'create role"),
    (broken.DropsForeignObjects, "test_a_foreign_object_survives_destroy", "was changed or dropped"),
    (broken.LeavesOrphans, "test_a_crash_at_any_point_of_create_is_made_good", "role suite_stray_"),
    (broken.GoesAroundTheSession, "test_every_change_goes_through_the_session", "delete of role"),
    (broken.LetsReadersWrite, "test_the_read_login_changes_nothing", "DID NOT RAISE"),
    (broken.ClaimsWhatItLacks, "test_what_it_states_is_so and DUCKDB_ATTACH", "NotSupported: DuckDB can't write"),
    (broken.HidesWhatItCan, "test_what_it_states_is_so and MERGE", "DID NOT RAISE"),
    (broken.ForgetsACapability, "test_it_states_every_capability", "Capability.MERGE"),
    (broken.ShowsASecret, "test_no_representation_shows_a_secret", "_Shown shows a secret"),
    (broken.LoadsTwice, "test_a_load_happens_once", "assert [False, False] == [False, True]"),
    (broken.IgnoresTheFence, "test_a_run_that_lost_its_lease_loads_nothing", "DID NOT RAISE"),
)


def run(pytester: pytest.Pytester, adapter: type[PostgresqlAdapter], tests: str) -> pytest.RunResult:
    """Run those tests of the suite for that adapter."""
    pytester.makepyfile(MODULE.format(module=adapter.__module__, adapter=adapter.__name__))
    return pytester.runpytest_inprocess("-k", tests, "-p", "no:django", "-p", "no:cacheprovider")


@pytest.mark.parametrize(("adapter", "test", "words"), FAULTS, ids=[fault[0].__name__ for fault in FAULTS])
def test_the_suite_fails_for(
    pytester: pytest.Pytester, adapter: type[PostgresqlAdapter], test: str, words: str
) -> None:
    done = run(pytester, adapter, test)
    assert done.parseoutcomes()["failed"] == 1
    assert words in done.stdout.str()


def test_the_suite_fails_for_a_secret_in_the_log(pytester: pytest.Pytester) -> None:
    """The log is checked after each test, so pytest counts an error beside the test that passed."""
    done = run(pytester, broken.LogsASecret, "test_both_logins_work and not race")
    done.assert_outcomes(passed=1, errors=1, deselected=done.parseoutcomes()["deselected"])
    assert "broken logs a secret" in done.stdout.str()


def test_the_suite_passes_for_a_sound_adapter(pytester: pytest.Pytester) -> None:
    """Run in the same way, so that what fails above is the adapter."""
    done = run(pytester, PostgresqlAdapter, "test_it_states_every_capability or test_a_load_happens_once")
    done.assert_outcomes(passed=2, deselected=done.parseoutcomes()["deselected"])
