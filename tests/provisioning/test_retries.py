from hypothesis import given
from hypothesis import strategies as st

from oneclick.provisioning.retries import CAP_S, MAX_ATTEMPTS, pause_s
from oneclick.warehouses.contract.errors import Throttled


@given(st.integers(1, MAX_ATTEMPTS - 1))
def test_pauses_are_bounded(attempt: int) -> None:
    pause = pause_s(Throttled(), attempt)
    assert pause is not None
    assert 0 <= pause <= CAP_S


@given(st.integers(1, MAX_ATTEMPTS - 1), st.floats(1, 300))
def test_the_providers_wish_comes_first(attempt: int, wish: float) -> None:
    pause = pause_s(Throttled(retry_after_s=wish), attempt)
    assert pause is not None
    assert pause >= wish


def test_attempts_end() -> None:
    assert pause_s(Throttled(), MAX_ATTEMPTS) is None


def test_pauses_differ() -> None:
    assert len({pause_s(Throttled(), 5) for _ in range(20)}) > 10
