"""Pieces of music, and training jobs."""

from cluster.migrations.plain import run_sql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Apply the SQL file of the same name."""
    run_sql("0009_music.sql")
