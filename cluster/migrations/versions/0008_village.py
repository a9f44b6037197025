"""The village: realms, knowledge, vectors, threads, convergence."""

from cluster.migrations.plain import run_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Apply the SQL file of the same name."""
    run_sql("0008_village.sql")
