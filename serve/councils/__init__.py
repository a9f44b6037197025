"""Councils over HTTP: their shapes, and what routes ask of them."""
