"""What sleeping and waking cost: memory of an awake session, and the time until a sleeping one answers."""

import asyncio
import time
from collections.abc import Sequence

from tests.bench.figures import row, say, spread
from tests.bench.idle import settled
from tests.bench.people import Person, person
from tests.instance import Instance

SESSIONS = 400
TIMED = 100
AT_ONCE = 8
ASLEEP_SECONDS = 35.0
"""By then all sessions are put away: longer than the idle time that the run sets, and the round that looks for it."""


async def measure(instance: Instance) -> None:
    """Print both."""
    say("Sessions")
    async with person(instance.url) as someone:
        conversations = await talk(someone)
        await asyncio.sleep(ASLEEP_SECONDS)
        before = await settled(instance, "ray::RayHost")
        sleeping = await asked(someone, conversations[:TIMED])
        await gathered(someone, conversations[TIMED:])
        after = await settled(instance, "ray::RayHost")
        awake = await asked(someone, conversations[:TIMED])
    row("a command to a sleeping session", spread(sleeping))
    row("a command to an awake session", spread(awake))
    row("so waking takes", spread([max(0.0, s - a) for s, a in zip(sorted(sleeping), sorted(awake), strict=True)]))
    row(f"an awake session ({SESSIONS} of them)", f"{(after - before) / SESSIONS / 1024:7.1f} KiB beyond its host")
    say()


async def talk(someone: Person) -> list[str]:
    """Begin conversations, one after another."""
    begun: list[str] = []
    for _ in range(SESSIONS):
        answer = await someone.http.post("/chat/message", json={"message": "[[say Well then.]]", "tools": False})
        begun.append(answer.raise_for_status().json()["conversation_id"])
    return begun


async def asked(someone: Person, conversations: Sequence[str]) -> list[float]:
    """Seconds that each command took, one at a time: to stop a turn where none runs, which only wakes."""
    taken: list[float] = []
    for conversation in conversations:
        began = time.perf_counter()
        (await someone.http.post(f"/chat/conversations/{conversation}/stop", json={})).raise_for_status()
        taken.append(time.perf_counter() - began)
    return taken


async def gathered(someone: Person, conversations: Sequence[str]) -> None:
    """The same for many, some at once."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def ask(conversation: str) -> None:
        async with gate:
            await asked(someone, [conversation])

    await asyncio.gather(*(ask(conversation) for conversation in conversations))
