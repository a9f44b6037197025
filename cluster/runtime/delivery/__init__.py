"""How a message finds its actor."""
