"""A user's key-value memory: what agents were told to remember."""
