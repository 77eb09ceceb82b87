"""One-Click DWH."""
