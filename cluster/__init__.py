"""Floor 0: what every process stands on."""
