"""The typed address of an actor. The method is the message: `await ref.ask(Session.post, command)`."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar

from cluster.runtime.actor import Actor, ActorId

A = TypeVar("A", bound=Actor)
P = ParamSpec("P")
R = TypeVar("R")


class Runtime(Protocol):
    """Delivers messages to actors, wherever they are, waking them on the first one."""

    def ref(self, actor: type[A], key: str) -> "Ref[A]":
        """The address of an actor. Costs nothing; wakes nobody."""
        ...

    async def deliver(self, actor: ActorId, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Wait for the answer. Raises what the actor raised, or Unavailable when no host answers in time."""
        ...

    async def post(self, actor: ActorId, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Wait until the actor's mailbox has the message, not for the answer."""
        ...

    def receive(self, actor: ActorId, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> AsyncIterator[Any]:
        """Receive what the actor's asynchronous generator yields."""
        ...


@dataclass(frozen=True, slots=True)
class Ref(Generic[A]):
    """The address of one actor of the class A."""

    runtime: Runtime
    id: ActorId

    async def ask(self, method: Callable[Concatenate[A, P], Awaitable[R]], *args: P.args, **kwargs: P.kwargs) -> R:
        """Send a message and wait for its answer."""
        return await self.runtime.deliver(self.id, method.__name__, args, kwargs)

    async def tell(
        self, method: Callable[Concatenate[A, P], Awaitable[object]], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Send a message and wait only until the mailbox has it."""
        await self.runtime.post(self.id, method.__name__, args, kwargs)

    def stream(
        self, method: Callable[Concatenate[A, P], AsyncIterator[R]], *args: P.args, **kwargs: P.kwargs
    ) -> AsyncIterator[R]:
        """Send a message and receive many answers."""
        return self.runtime.receive(self.id, method.__name__, args, kwargs)
