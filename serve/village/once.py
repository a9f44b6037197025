"""POSTs that make something, made once though they are sent twice."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from fastapi import Header
from pydantic import BaseModel

from cluster.ids import UserId
from serve.live.live import Live
from serve.tools.once import Once
from serve.wire import Answer

A = TypeVar("A", bound=Answer)
SECONDS = 60.0
IdempotencyKey = Annotated[
    str | None, Header(min_length=1, max_length=200, description="Sent twice within a day, it is done once.")
]


async def once(
    live: Live, user: UserId, key: str | None, command: BaseModel, work: Callable[[], Awaitable[A]], shape: type[A]
) -> A:
    """What the work answers; with a key that was there before, what it answered then. Raises Conflict."""
    if key is None:
        return await work()

    async def told() -> bytes:
        return (await work()).model_dump_json().encode()

    request = f"{shape.__name__} {command.model_dump_json()}".encode()
    kept = Once(live.services.redis, user, f"village:{key}", request)
    return shape.model_validate_json(await live.errands.run(kept.run(told, seconds=SECONDS)))
