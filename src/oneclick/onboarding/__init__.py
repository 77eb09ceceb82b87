"""From the first click to a warehouse that is ready: one question per page, resumable by any admin."""
