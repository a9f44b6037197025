"""Notes that belong to one conversation."""
