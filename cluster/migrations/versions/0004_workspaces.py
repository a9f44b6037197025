"""Workspaces: files and folders, what they held before, and objects that are to go."""

from cluster.migrations.plain import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Apply the SQL file of the same name."""
    run_sql("0004_workspaces.sql")
