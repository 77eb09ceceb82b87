"""What sign-in does by itself: forgetting what has ended."""

from procrastinate.contrib.django import app

from oneclick.accounts.sign_in import limits, local
from oneclick.accounts.sign_in.attempts import clear_abandoned
from oneclick.accounts.sign_in.session_store import SessionStore


@app.periodic(cron="17 * * * *", periodic_id="sign_in")
@app.task(name="sign_in.clear", queueing_lock="sign_in.clear")
def clear(timestamp: int) -> None:
    """Remove sessions, attempts, links and counters that nobody can use any more."""
    SessionStore.clear_expired()
    clear_abandoned()
    local.clear_expired()
    limits.clear_old()
