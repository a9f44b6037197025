"""Accounts, conversations, turns, memory; hosts and placements of the runtime."""

from cluster.migrations.plain import run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Apply the SQL file of the same name."""
    run_sql("0001_people_and_conversations.sql")
