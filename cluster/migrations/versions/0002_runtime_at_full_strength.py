"""What hosts report of themselves, what recovery counts, and versions of rows."""

from cluster.migrations.plain import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply the SQL file of the same name."""
    run_sql("0002_runtime_at_full_strength.sql")
