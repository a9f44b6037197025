"""Browsers on sandbox nodes: one Ray actor for each, whose guard is the way out of what runs there."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from cluster.ids import UserId
from sandbox.egress.guard import Guard
from sandbox.errors import Interrupted
from sandbox.jail.jail import Jail
from sandbox.jail.limits import MIB
from sandbox.kept.on_ray import KeptActor, KeptActors, Recipe
from sandbox.tools.browser.browser import Browser
from sandbox.tools.browser.browsers import (
    DEFAULT_SIZE,
    IDLE_SECONDS,
    MOST_OF_USER,
    BrowserFacts,
    Browsers,
    Key,
    Size,
)
from sandbox.tools.browser.session import Session

NAMESPACE = "apex-browsers"
NEEDS: Mapping[str, object] = {"num_cpus": 0.25, "memory": 1024 * MIB, "resources": {"sandbox": 0.25}}
"""Between calls most pages do little, so a browser takes a quarter of the place of a run, but its memory."""

P = ParamSpec("P")
T = TypeVar("T")


class BrowserActor(KeptActor):
    """The Ray actor that keeps one browser."""

    def __init__(self, guard: Callable[[], Guard], idle_seconds: float) -> None:
        self._session = Session(Jail(), guard(), idle_seconds, when_over=self.leave)
        super().__init__(self._session)

    async def start(self, size: Size) -> BrowserFacts:
        """See `Browsers.start`."""
        return await self._session.start(size)

    async def do(self, deed: Callable[..., Awaitable[Any]], given: Sequence[Any], named: Mapping[str, Any]) -> Any:
        """See `Browsers.do`."""
        return await self._session.do(deed, *given, **named)

    async def facts(self) -> BrowserFacts | None:
        """What runs, if it does."""
        return self._session.facts


class RayBrowsers:
    """Implements `Browsers` in the Ray cluster that this process is connected to."""

    def __init__(
        self,
        *,
        guard: Callable[[], Guard] = Guard,
        idle_seconds: float = IDLE_SECONDS,
        namespace: str = NAMESPACE,
    ) -> None:
        self._actors = KeptActors(
            Recipe(
                what="browser",
                actor=BrowserActor,
                arguments=(guard, idle_seconds),
                namespace=namespace,
                needs=NEEDS,
                most_of_user=MOST_OF_USER,
                gives_way=False,
            )
        )

    async def start(self, key: Key, size: Size = DEFAULT_SIZE) -> BrowserFacts:
        """See `Browsers.start`."""
        return cast("BrowserFacts", await self._actors.answer((await self._actor(key)).start.remote(size)))

    async def do(
        self, key: Key, deed: Callable[Concatenate[Browser, P], Awaitable[T]], *given: P.args, **named: P.kwargs
    ) -> T:
        """See `Browsers.do`."""
        return cast("T", await self._actors.answer((await self._actor(key)).do.remote(deed, given, named)))

    async def of_user(self, user: UserId) -> Sequence[tuple[Key, BrowserFacts]]:
        """See `Browsers.of_user`."""
        actors = await self._actors.of(user)
        facts = await asyncio.gather(*(self._facts(actor) for actor in actors.values()))
        return [((user, each), said) for each, said in zip(actors, facts, strict=True) if said is not None]

    async def close(self, key: Key) -> bool:
        """See `Browsers.close`."""
        actor = await self._actors.found(*key)
        if actor is None:
            return False
        was_open = await self._facts(actor) is not None
        await self._actors.end(actor)
        return was_open

    async def _actor(self, key: Key) -> Any:
        return await self._actors.found(*key) or await self._actors.made(*key)

    async def _facts(self, actor: Any) -> BrowserFacts | None:
        try:
            return cast("BrowserFacts | None", await self._actors.told(actor.facts.remote()))
        except (Interrupted, TimeoutError):
            return None


@cache
def process_browsers() -> Browsers:
    """The browsers as this process reaches them."""
    return RayBrowsers()
