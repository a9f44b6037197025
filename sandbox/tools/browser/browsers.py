"""Who keeps browsers, one for each conversation: this process, or Ray actors on sandbox nodes."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from cluster.ids import ConversationId, UserId
from sandbox.tools.browser.browser import Browser

IDLE_SECONDS = 300.0
MOST_OF_USER = 2
DEFAULT_SIZE = (1920, 1080)

Key = tuple[UserId, ConversationId | None]
"""Whose browser it is."""
Size = tuple[int, int]
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class BrowserFacts:
    """A browser that runs."""

    session: str
    since: datetime
    size: Size
    tabs: int


class Browsers(Protocol):
    """Keeps the browsers of conversations."""

    async def start(self, key: Key, size: Size = DEFAULT_SIZE) -> BrowserFacts:
        """The conversation's browser; it is started, in this size, if there is none.

        Raises Busy where there is no room, ToolFailed where the user has too many or there is no Chromium,
        JailUnavailable where nothing can confine it, Interrupted when its machine was lost on the way.
        """
        ...

    async def do(
        self, key: Key, deed: Callable[Concatenate[Browser, P], Awaitable[T]], *given: P.args, **named: P.kwargs
    ) -> T:
        """What a function of ours, found by its module and name, comes to with the conversation's browser.

        The browser is started if there is none. Raises what `start` does, and what the function does.
        """
        ...

    async def of_user(self, user: UserId) -> Sequence[tuple[Key, BrowserFacts]]:
        """All that run for a user."""
        ...

    async def close(self, key: Key) -> bool:
        """End a conversation's browser. Answers whether there was one."""
        ...
