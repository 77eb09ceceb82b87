import threading
from concurrent.futures import ThreadPoolExecutor

from oneclick.core.slots import Slots


def test_each_key_has_its_own_and_all_share_the_rest() -> None:
    slots = Slots(per_key=2, in_all=3)
    assert [slots.take("a") for _ in range(3)] == [True, True, False]
    assert [slots.take("b") for _ in range(2)] == [True, False]
    slots.release("a")
    assert slots.take("b")
    assert not slots.take("a"), "all are taken"


def test_no_more_are_taken_when_many_ask_at_once() -> None:
    slots = Slots(per_key=5, in_all=100)
    together = threading.Barrier(20)

    def take(_: int) -> int:
        together.wait()
        return sum(slots.take("a") for _ in range(1000))

    with ThreadPoolExecutor(20) as threads:
        assert sum(threads.map(take, range(20))) == 5


def test_what_was_given_back_is_forgotten() -> None:
    slots = Slots(per_key=1, in_all=1)
    for key in range(1000):
        assert slots.take(key)
        slots.release(key)
    assert not slots._taken
