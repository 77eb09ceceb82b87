"""Read-only SQL over any warehouse: guard, runner, limits, history."""
