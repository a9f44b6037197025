"""Training data out of tools and conversations, and registers of the models that come of them."""
