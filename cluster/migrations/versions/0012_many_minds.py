"""Agents, budgets, swarms, councils, schedules, keys of programs, and other tool servers."""

from cluster.migrations.plain import run_sql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Apply the SQL file of the same name."""
    run_sql("0012_many_minds.sql")
