"""What workers do for warehouses."""

from uuid import UUID

from procrastinate.contrib.django import app

from oneclick.warehouses import upkeep


@app.periodic(cron="17 * * * *", periodic_id="upkeep")
@app.task(name="warehouses.ask_for_upkeep", queueing_lock="warehouses.ask_for_upkeep")
def ask_for_upkeep(timestamp: int) -> None:
    """Once an hour, each warehouse in a wake-up of its own."""
    upkeep.ask_for_upkeep()


@app.task(name=upkeep.TIDY)
def tidy(warehouse_id: str) -> None:
    """Let one warehouse tidy up."""
    upkeep.tidy(UUID(warehouse_id))
