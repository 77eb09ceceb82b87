"""When to try again: exponential backoff with full jitter
(https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), bounded, the provider's wish first.
"""

import random

MAX_ATTEMPTS = 10
BASE_S = 0.5
CAP_S = 60.0


def pause_s(attempt: int, *, at_least_s: float | None = None) -> float | None:
    """How long to wait before attempt number `attempt` + 1 (counted from 1), or None: no more."""
    if attempt >= MAX_ATTEMPTS:
        return None
    longest = min(CAP_S, BASE_S * 2**attempt)
    jittered = random.uniform(0, longest)  # noqa: S311 - spreads load, guards nothing
    return max(jittered, at_least_s or 0.0)
