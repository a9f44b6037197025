"""Messages that an agent leaves for those that come after it."""
