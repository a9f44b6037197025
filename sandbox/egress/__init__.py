"""The egress guard: the one way out to the web for tools, and for what runs in a jail."""
