"""Vectors of the passages of datasets, and their headings."""

from cluster.migrations.plain import run_sql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Apply the SQL file of the same name."""
    run_sql("0011_datasets_by_meaning.sql")
