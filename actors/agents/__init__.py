"""Agents: each works on one task to its end, within a budget, on the turn loop of a session."""
