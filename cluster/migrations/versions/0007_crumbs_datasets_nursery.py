"""Crumbs, collections of texts, and the nursery's registers."""

from cluster.migrations.plain import run_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Apply the SQL file of the same name."""
    run_sql("0007_crumbs_datasets_nursery.sql")
