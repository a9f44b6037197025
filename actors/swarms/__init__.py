"""Swarms: one task on many inputs, an agent for each, then perhaps one that makes one answer of theirs."""
