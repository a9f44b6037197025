"""Calls of tools that wait for the person's word, and actors that are to be woken at a time."""

from cluster.migrations.plain import run_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Apply the SQL file of the same name."""
    run_sql("0006_approvals.sql")
