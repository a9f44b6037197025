"""What hosts report of themselves, what recovery counts, and versions of rows."""

from cluster.migrations.plain import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply the SQL file of the same name."""
    run_sql("0003_no_lock_on_the_user.sql")
