"""Clients of the outside systems: PostgreSQL, Redis, object storage."""
