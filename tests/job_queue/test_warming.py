import pytest

from oneclick.core.registry import Registry
from oneclick.job_queue import warming


def test_a_warm_up_that_fails_keeps_neither_the_next_one_nor_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    warm_ups: Registry = Registry("warm-up")
    warm_ups.register("broken", lambda: 1 / 0)
    warm_ups.register("sound", lambda: done.append("sound"))
    monkeypatch.setattr(warming, "WARM_UPS", warm_ups)

    warming.warm_up()

    assert done == ["sound"]


@pytest.mark.django_db
def test_the_warm_ups_that_are_offered_work() -> None:
    for prepare in warming.WARM_UPS:
        prepare()

    assert {"notifications", "warehouses"} <= set(warming.WARM_UPS.names())
