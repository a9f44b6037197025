"""Threads: statements that belong together, and who answers whom."""
