"""Tool runs and the audit log."""

from cluster.migrations.plain import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Apply the SQL file of the same name."""
    run_sql("0005_tool_runs.sql")
