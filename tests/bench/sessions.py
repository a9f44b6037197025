"""What sessions cost by the thousand: asleep, awake and at work, and how fast they wake meanwhile."""

import asyncio
import random
import time
from collections.abc import Sequence
from typing import Any, cast

from actors.session.commands import Post
from actors.session.session import Session
from cluster.events.log import Entry
from cluster.events.names import conversation_channel
from cluster.ids import ConversationId, new_id
from tests.bench.asks import in_crowd, timed
from tests.bench.cluster import Nodes
from tests.bench.figures import MIB, row, say, spread
from tests.bench.memory import total_pss

ASLEEP = 100_000
AWAKE = 5_000
WORKING = 1_000
WAKES = 300
TASK = "count to 40 at 2 tokens per second"


async def measure(nodes: Nodes) -> None:
    """Print it all."""
    say("Sessions by the thousand")
    sleeping = await _lay_to_sleep(nodes)
    await _cold(nodes, sleeping)
    await _wake_some(nodes, sleeping, "warm")
    await _wake_many(nodes, sleeping)
    await _work(nodes, sleeping)
    say()


async def _lay_to_sleep(nodes: Nodes) -> list[ConversationId]:
    """Conversations with a turn, a question and its answer, whose sessions have been awake once."""
    hosts = await nodes.hosts()
    ids = [ConversationId(new_id()) for _ in range(ASLEEP)]
    memory, disk = total_pss(hosts), await _disk(nodes)
    async with nodes.clients.db.as_user(nodes.user) as conn:
        await conn.execute("insert into conversations (id, user_id) select unnest($1::uuid[]), $2", ids, nodes.user)
        await conn.execute(
            """insert into turns (id, user_id, conversation_id, idempotency_key, status, attempts, started_at, ended_at)
               select gen_random_uuid(), $2, id, id::text || ' before', 'completed', 1, now(), now()
                 from unnest($1::uuid[]) id""",
            ids, nodes.user,
        )  # fmt: skip
        await conn.execute(
            """insert into messages (id, user_id, conversation_id, role, content)
               select gen_random_uuid(), $2, id, role, repeat('What was said. ', 10)
                 from unnest($1::uuid[]) id, unnest(array['user', 'assistant']) role""",
            ids, nodes.user,
        )  # fmt: skip
        await conn.execute(
            "insert into placements (kind, key) select 'session', unnest($1::text[])", list(map(str, ids))
        )
    row(f"{ASLEEP:,} sleeping sessions, memory of the hosts", f"{(total_pss(hosts) - memory) / MIB:7.1f} MiB")
    row("  and in the database, each", f"{(await _disk(nodes) - disk) / ASLEEP:7.0f} bytes")
    await nodes.analyze()
    random.Random(1).shuffle(ids)
    return ids


async def _cold(nodes: Nodes, sleeping: list[ConversationId]) -> None:
    began = time.perf_counter()
    there = await nodes.add_node()
    started = time.perf_counter() - began
    row("a fresh node and its first host, until it serves", f"{started:7.2f} s")
    first = [await _wake(nodes, sleeping.pop()) for _ in range(5)]
    row(f"  the first wakes after that ({there[:6]})", spread(first))


async def _wake_some(nodes: Nodes, sleeping: list[ConversationId], how: str) -> None:
    taken = [await _wake(nodes, sleeping.pop()) for _ in range(WAKES)]
    row(f"a wake, {how}, one of {ASLEEP:,}", spread(taken))


async def _wake_many(nodes: Nodes, sleeping: list[ConversationId]) -> None:
    hosts = await nodes.hosts()
    before, began = total_pss(hosts), time.perf_counter()
    chosen = [sleeping.pop() for _ in range(AWAKE)]
    taken = await in_crowd([lambda one=one: _stop(nodes, one) for one in chosen])
    seconds = time.perf_counter() - began
    row(f"{AWAKE:,} wakes, 64 at once", f"{spread(taken)}   {AWAKE / seconds:7.0f} per second")
    row("an awake idle session", f"{(total_pss(hosts) - before) / AWAKE / 1024:7.1f} KiB")


async def _work(nodes: Nodes, sleeping: list[ConversationId]) -> None:
    """All begin at once; while they work, others wake."""
    hosts = await nodes.hosts()
    before, began = total_pss(hosts), time.perf_counter()
    chosen = [sleeping.pop() for _ in range(WORKING)]
    posted = await asyncio.gather(*(_post(nodes, one) for one in chosen))
    row(f"{WORKING:,} turns accepted", f"{time.perf_counter() - began:7.2f} s")
    started = asyncio.create_task(_all_speak(nodes, chosen, [one.seq for one in posted]))
    await started
    row(f"{WORKING:,} turns under way (first token)", f"{time.perf_counter() - began:7.2f} s")
    row("  memory of each", f"{(total_pss(hosts) - before) / WORKING / 1024:7.1f} KiB")
    await _wake_some(nodes, sleeping, f"while {WORKING:,} work")
    await _all_end(nodes)
    row(f"{WORKING:,} turns ended ({TASK!r})", f"{time.perf_counter() - began:7.2f} s")


async def _post(nodes: Nodes, conversation: ConversationId) -> Any:
    command = Post(idempotency_key=str(conversation), message=TASK, model="scripted", tools=False)
    return await nodes.runtime.ref(Session, str(conversation)).ask(Session.post, nodes.user, command)


async def _all_speak(nodes: Nodes, conversations: Sequence[ConversationId], after: Sequence[str]) -> None:
    """Until each has said something."""
    silent = list(zip(conversations, after, strict=True))
    while silent:
        rest: list[tuple[ConversationId, str]] = []
        for one, seq in silent:
            found = await nodes.clients.log.read(conversation_channel(one), after=seq)
            entries = found if isinstance(found, list) else cast("list[Entry]", [])
            if not any(entry.type == "token" for entry in entries):
                rest.append((one, seq))
        silent = rest


async def _all_end(nodes: Nodes) -> None:
    """Until no turn is left."""
    while True:
        async with nodes.clients.db.as_user(nodes.user) as conn:
            if not await conn.fetchval("select count(*) from turns where status in ('queued', 'running')"):
                return
        await asyncio.sleep(0.2)


async def _wake(nodes: Nodes, conversation: ConversationId) -> float:
    return await timed(lambda: _stop(nodes, conversation))


async def _stop(nodes: Nodes, conversation: ConversationId) -> None:
    """A command that only wakes: there is nothing to stop."""
    await nodes.runtime.ref(Session, str(conversation)).ask(Session.stop, nodes.user)


async def _disk(nodes: Nodes) -> int:
    async with nodes.clients.db.as_nobody() as conn:
        return await conn.fetchval("select pg_database_size(current_database())")
