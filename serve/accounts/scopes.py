"""What a key for programs may do: its scopes, and the areas of the door that they open.

A person who has signed in may do everything; a key only what its scopes say, and never what concerns the account.
"""

from collections.abc import Collection
from typing import Literal, get_args

Scope = Literal["chat", "agents", "village", "tools", "files", "read", "all"]
"""`read` opens what only reads (GET), everywhere; `all` opens everything that any key can do."""
Area = Literal["chat", "agents", "village", "tools", "files", "preferences", "anything"]
"""What routes belong to. `preferences` has no scope of its own; `anything` is open to every key."""
SCOPES: tuple[Scope, ...] = get_args(Scope)


def permits(scopes: Collection[str], area: Area, *, reading: bool) -> bool:
    """Whether a key with these scopes may do this in an area."""
    return area == "anything" or area in scopes or "all" in scopes or (reading and "read" in scopes)


def missing(area: Area, *, reading: bool) -> str:
    """In words: which scope would do."""
    own = [] if area in ("anything", "preferences") else [area]
    return " or ".join(f"`{scope}`" for scope in [*own, *(["read"] if reading else []), "all"])
