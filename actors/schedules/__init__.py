"""Schedules: agents that are begun again and again, by a rule."""
