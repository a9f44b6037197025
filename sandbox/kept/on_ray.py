"""What conversations keep on sandbox nodes: a Ray actor for each, found again by its name wherever they go on.

The actor runs no stranger's code itself: it keeps a jail. It ends itself when it was idle for too long, and is never
restarted: what was in the jail is lost with it, and whoever calls is told so.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

import ray
from ray.exceptions import RayActorError, RayError, RayTaskError
from ray.util import list_named_actors

from cluster.errors import ApexError, Busy, Unavailable
from cluster.ids import ConversationId, UserId
from sandbox.errors import Interrupted, ToolFailed
from sandbox.kept.kept import Kept
from sandbox.places import MAKING, RayPlaces

RAY: Any = ray
"""Ray, whose own types are partly unknown."""
READY_SECONDS = 45.0
"""How long a node with room may take to come."""
SOON_SECONDS = 10.0
"""Who has just touched an actor is about to use it, so it takes room already."""
FACTS_SECONDS = 5.0
"""How long an actor may take to tell of itself; one that still waits for a node tells nothing."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """What an actor takes of its user's room."""

    takes_room: bool
    idle: float | None
    """For how long nobody has used it, in seconds; None while somebody does."""


class KeptActor:
    """The Ray actor that keeps one thing. A subclass makes it, and says what can be done with it."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._leaving: asyncio.Task[None] | None = None

    async def touch(self) -> None:
        """Stay for as long as if it had just been used."""
        self._kept.rest.touch()

    async def place(self) -> Place:
        """What it takes of the user's room."""
        idle = self._kept.rest.idle
        return Place(takes_room=self._kept.takes_room or (idle or 0.0) < SOON_SECONDS, idle=idle)

    async def close(self) -> None:
        """End what it keeps for good."""
        await self._kept.close()

    def leave(self) -> None:
        """End it all, this actor too."""
        self._leaving = asyncio.get_running_loop().create_task(self._left())

    async def _left(self) -> None:
        await self._kept.close()
        RAY.kill(RAY.get_runtime_context().current_actor)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How one kind of thing is kept."""

    what: str
    """Its name in what people are told."""
    actor: type[KeptActor]
    namespace: str
    needs: Mapping[str, Any]
    """What of a node one takes."""
    most_of_user: int
    gives_way: bool
    """Whether one more ends the one that was idle for longest; else it is refused."""
    arguments: tuple[Any, ...] = field(default=())
    """For the actor."""


class KeptActors:
    """The actors of one recipe in the Ray cluster that this process is connected to."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._places = RayPlaces()

    async def found(self, user: UserId, conversation: ConversationId | None) -> Any:
        """The conversation's actor, which was just heard of and so will not leave now; or None."""
        name = _name(user, conversation)
        try:
            actor = await asyncio.to_thread(RAY.get_actor, name, self._recipe.namespace)
            await self._heard(actor)
        except (ValueError, Interrupted):
            return None
        return actor

    async def made(self, user: UserId, conversation: ConversationId | None) -> Any:
        """A new actor, or the one that somebody else has just made.

        Raises Busy where no node has room, and what is said when the user has too many.
        """
        async with self._places.place(MAKING, user):
            actor = await self.found(user, conversation)
            if actor is not None:
                return actor
            await self._make_room(user)
            actor = await asyncio.to_thread(self._make, _name(user, conversation))
        try:
            await self._heard(actor)
        except (Busy, asyncio.CancelledError):
            RAY.kill(actor)
            raise
        return actor

    async def of(self, user: UserId) -> Mapping[ConversationId | None, Any]:
        """The user's actors by conversation, as far as they are known; some may be gone."""
        return await asyncio.to_thread(self._of, user)

    async def end(self, actor: Any) -> None:
        """End what an actor keeps, and the actor."""
        await asyncio.gather(self.answer(actor.close.remote()), return_exceptions=True)
        await asyncio.to_thread(RAY.kill, actor)

    async def told(self, call: Any) -> Any:
        """What an actor tells of itself. Raises Interrupted if it is gone, and TimeoutError if it is not there yet."""
        async with asyncio.timeout(FACTS_SECONDS):
            return await self.answer(call)

    async def answer(self, call: Any) -> Any:
        """What an actor answers; cancelling this cancels it there."""
        what = self._recipe.what
        try:
            return await call
        except asyncio.CancelledError:
            RAY.cancel(call, recursive=False)
            raise
        except RayTaskError as error:
            cause = getattr(error, "cause", None)
            raise cause if isinstance(cause, ApexError) else error from None
        except RayActorError as error:
            raise Interrupted(
                f"The {what} was lost with its machine. It may have done this, or not; the next call begins anew."
            ) from error
        except RayError as error:
            raise Unavailable(f"the cluster cannot keep a {what} at the moment") from error

    def _make(self, name: str) -> Any:
        recipe = self._recipe
        return (
            RAY.remote(recipe.actor)
            .options(
                name=name,
                namespace=recipe.namespace,
                lifetime="detached",
                get_if_exists=True,
                max_restarts=0,
                max_task_retries=0,
                **recipe.needs,
            )
            .remote(*recipe.arguments)
        )

    async def _make_room(self, user: UserId) -> None:
        """See that the user has room for one more."""
        actors = list((await self.of(user)).values())
        if len(actors) < self._recipe.most_of_user:
            return
        places = dict(zip(actors, await asyncio.gather(*map(self._place, actors)), strict=True))
        await asyncio.gather(*(self.end(actor) for actor, place in places.items() if not place.takes_room))
        living = {actor: place for actor, place in places.items() if place.takes_room}
        if len(living) < self._recipe.most_of_user:
            return
        if not self._recipe.gives_way:
            raise ToolFailed(f"You have {len(living)} {self._recipe.what}s open; close one first.")
        idle = {actor: place.idle for actor, place in living.items() if place.idle is not None}
        if not idle:
            raise Busy(f"all the {self._recipe.what}s that may be open at once are busy")
        await self.end(max(idle, key=idle.__getitem__))

    async def _place(self, actor: Any) -> Place:
        try:
            return await self.told(actor.place.remote())
        except Interrupted:
            return Place(takes_room=False, idle=None)
        except TimeoutError:
            return Place(takes_room=True, idle=None)

    async def _heard(self, actor: Any) -> None:
        """Hear of an actor that may still wait for a node. Raises Interrupted if it is dead, Busy if none has room."""
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self.answer(actor.touch.remote())
        except TimeoutError:
            raise Busy(f"no sandbox node has room for a {self._recipe.what}") from None

    def _of(self, user: UserId) -> Mapping[ConversationId | None, Any]:
        namespace, prefix = self._recipe.namespace, f"{user}/"
        named = cast("list[dict[str, str]]", list_named_actors(all_namespaces=True))
        names = [each["name"] for each in named if each["namespace"] == namespace and each["name"].startswith(prefix)]
        found: dict[ConversationId | None, Any] = {}
        for name in names:
            try:
                found[_conversation(name.removeprefix(prefix))] = RAY.get_actor(name, namespace)
            except ValueError:
                continue
        return found


def _name(user: UserId, conversation: ConversationId | None) -> str:
    return f"{user}/{conversation or ''}"


def _conversation(name: str) -> ConversationId | None:
    return ConversationId(UUID(name)) if name else None
