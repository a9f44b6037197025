"""The ways from a route to a council: who may, what is sent, and what comes back."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec
from uuid import UUID

from actors.councils import store
from actors.councils.council import Council
from actors.councils.errors import CouncilMissing
from actors.councils.founding import NewCouncil, Seat, council_id
from actors.councils.records import Deliberation
from actors.stores import budgets
from actors.stores.budgets import Budget
from cluster.errors import Busy
from cluster.ids import UserId
from cluster.services import Services
from serve import councils_wire as wire
from serve.councils import shape
from serve.live.live import Live

P = ParamSpec("P")
PATIENCE_SECONDS = 900.0
"""How long a request waits for a council of one round."""
FIRST_LOOK, LONGEST_LOOK = 0.05, 1.0


async def state_of(services: Services, user: UserId, id: UUID) -> tuple[Deliberation, Budget]:
    """A council of this user's. Raises CouncilMissing."""
    async with services.db.as_user(user) as conn:
        state, budget = await store.load(conn, id), await budgets.find(conn, id)
    if state is None or budget is None:
        raise CouncilMissing
    return state, budget


async def shown(services: Services, user: UserId, id: UUID) -> wire.Council:
    """A council of this user's, as clients see it. Raises CouncilMissing."""
    return shape.council(*await state_of(services, user, id))


async def convene(live: Live, user: UserId, key: str, new: NewCouncil) -> UUID:
    """Have a council made; the same key makes one. Raises BadCouncil, CouncilKeyReused, MemberMissing, ModelMissing."""
    id = council_id(user, key)
    ref = live.services.runtime.ref(Council, str(id))
    await live.errands.run(ref.ask(Council.found, user, key, new))
    return id


async def tell(
    live: Live,
    user: UserId,
    id: UUID,
    method: Callable[Concatenate[Council, UserId, P], Awaitable[object]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> wire.Council:
    """Have a council do something; answers how it stands then. Raises CouncilMissing, and what it raises."""
    await state_of(live.services, user, id)
    ref = live.services.runtime.ref(Council, str(id))
    await live.errands.run(ref.ask(method, user, *args, **kwargs))
    return await shown(live.services, user, id)


async def ended(live: Live, user: UserId, id: UUID) -> Deliberation:
    """Wait until a council has ended. Raises Busy when it takes too long."""
    wait = FIRST_LOOK
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                state, _ = await state_of(live.services, user, id)
                if state.council.ended:
                    return state
                await asyncio.sleep(wait)
                wait = min(LONGEST_LOOK, wait * 1.5)
    except TimeoutError as error:
        raise Busy("the council has not ended yet; ask again with the same Idempotency-Key") from error


def seat(member: wire.NewMember) -> Seat:
    """What the actor is told of a new member."""
    return Seat(**member.model_dump())
