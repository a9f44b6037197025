"""Floor 3: what has identity and state."""
