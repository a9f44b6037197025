"""Pieces of music that a provider makes."""
