"""Positions in lists, as text that clients hand back unread."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from uuid import UUID

from cluster.errors import Invalid


def after_row(at: datetime, id: UUID) -> str:
    """The place just after a row of a list that is ordered by time, then by id."""
    return _wrap(f"{at.isoformat()} {id}")


def row_of(cursor: str) -> tuple[datetime, UUID]:
    """The row of `after_row`. Raises Invalid."""
    try:
        at, _, id = _unwrap(cursor).partition(" ")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError("a time without a zone")
        return moment, UUID(id)
    except ValueError as error:
        raise Invalid("this cursor is not one of ours") from error


def after_count(count: int) -> str:
    """The place after so many results of a ranked list."""
    return _wrap(f"#{count}")


def count_of(cursor: str) -> int:
    """The count of `after_count`. Raises Invalid."""
    text = _unwrap(cursor)
    if not text.startswith("#") or not text[1:].isdecimal() or len(text) > 8:
        raise Invalid("this cursor is not one of ours")
    return int(text[1:])


def _wrap(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _unwrap(cursor: str) -> str:
    try:
        return urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError as error:
        raise Invalid("this cursor is not one of ours") from error
