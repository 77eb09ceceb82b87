from hypothesis import given
from hypothesis import strategies as st

from oneclick.provisioning.retries import CAP_S, MAX_ATTEMPTS, pause_s


@given(st.integers(1, MAX_ATTEMPTS - 1))
def test_pauses_are_bounded(attempt: int) -> None:
    pause = pause_s(attempt)
    assert pause is not None
    assert 0 <= pause <= CAP_S


@given(st.integers(1, MAX_ATTEMPTS - 1), st.floats(1, 300))
def test_the_providers_wish_comes_first(attempt: int, wish: float) -> None:
    pause = pause_s(attempt, at_least_s=wish)
    assert pause is not None
    assert pause >= wish


def test_attempts_end() -> None:
    assert pause_s(MAX_ATTEMPTS) is None


def test_pauses_differ() -> None:
    assert len({pause_s(5) for _ in range(20)}) > 10
