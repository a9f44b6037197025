"""Says in a person's words why a swarm has not been completed."""

from collections.abc import Mapping
from typing import Any

from cluster.errors import ApexError

Json = dict[str, Any]


def _error(code: str, title: str, detail: str | None = None, *, retryable: bool = False) -> Json:
    return {"code": code, "title": title, "detail": detail, "retryable": retryable}


ERRORS: Mapping[str, Json] = {
    "budget_spent": _error(
        "budget_spent",
        "The budget is used up",
        "Items that had not begun were cancelled. What was finished is kept.",
    ),
    "out_of_time": _error(
        "out_of_time",
        "The time is over",
        "Items that had not begun were cancelled. What was finished is kept.",
    ),
    "items_failed": _error("items_failed", "Every item failed", "Each item says why.", retryable=True),
    "reduce_failed": _error("reduce_failed", "The results could not be made into one", retryable=True),
}


def refused(error: ApexError) -> Json:
    """Why no more agents can be made."""
    title = (type(error).__doc__ or "").strip().splitlines()[0].rstrip(".")
    return _error("budget_spent" if "Budget" in type(error).__name__ else "refused", title, str(error))
