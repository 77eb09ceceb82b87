"""Wake-ups on procrastinate, and the reaper of those that a dead worker left behind."""
