"""Answers questions about this system from its own documents."""
