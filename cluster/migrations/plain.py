"""A revision is a plain-SQL file: readable by whoever reads SQL, and run whole, as it stands."""

from pathlib import Path
from typing import Any, cast

from alembic import op
from sqlalchemy.util import await_only

SQL = Path(__file__).with_name("sql")


def run_sql(name: str) -> None:
    """Run a file of many statements inside the revision's transaction.

    SQLAlchemy prepares what it runs, and only single statements can be prepared: so the driver is asked directly.
    """
    driver = cast("Any", op.get_bind().connection.driver_connection)
    await_only(driver.execute((SQL / name).read_text()))
