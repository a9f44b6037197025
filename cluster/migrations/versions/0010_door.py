"""Runs of tools with their row beforehand, and uploads in pieces."""

from cluster.migrations.plain import run_sql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Apply the SQL file of the same name."""
    run_sql("0010_door.sql")
