"""Texts as vectors: what means the same lies near."""
