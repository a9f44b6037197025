"""Notebooks: a Python session for each conversation, which ends when it is idle; its files are kept."""
