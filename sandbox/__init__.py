"""Floor 1: tools, and running untrusted code under limits."""
