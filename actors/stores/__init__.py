"""The SQL of conversations: one noun a module."""
