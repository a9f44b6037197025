"""The simulated tables do what the real ones do: the same random operations on both, compared after each."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest

from actors.stores import approvals, messages, turns
from actors.stores.approvals import NewApproval
from actors.stores.messages import NewStep, ToolResult
from actors.stores.turns import NewTurn
from cluster.clients.postgres import Connection
from cluster.ids import ConversationId, HostId, MessageId, TurnId, UserId, new_id
from cluster.runtime import store
from cluster.runtime.actor import ActorId, Fence, Fenced
from cluster.runtime.hosts.load import Load
from cluster.runtime.store import HostRow
from cluster.services import Clients
from tests.simulation.rows import Rows, Step, Turn

OPERATIONS = 400
LEASE = 1_000_000.0
"""No lease runs out by itself here: hosts are declared dead."""
MOST_UNFINISHED = 3
FENCED = "fenced"
MOMENTS = (
    (None, None),
    (0.0, datetime(2000, 1, 1, tzinfo=UTC)),
    (LEASE * LEASE, datetime(2999, 1, 1, tzinfo=UTC)),
)
"""When an actor is to be woken: never, at a time that is past, at one that never comes; in both clocks."""


@dataclass
class Both:
    """The simulated tables and the real ones, and what is known of both."""

    random: Random
    clients: Clients
    user: UserId
    rows: Rows = field(default_factory=lambda: Rows(count().__next__))
    hosts: list[HostRow] = field(default_factory=list[HostRow])
    held: list[Fence] = field(default_factory=list[Fence])
    turns: dict[int, tuple[TurnId, MessageId]] = field(default_factory=dict[int, tuple[TurnId, MessageId]])
    questions: list[tuple[Turn, Step, NewApproval]] = field(default_factory=list[tuple[Turn, Step, NewApproval]])
    conversations: list[str] = field(default_factory=lambda: [str(uuid4()) for _ in range(2)])

    @asynccontextmanager
    async def real(self) -> AsyncGenerator[Connection]:
        """A transaction. Nobody is suspected of killing hosts: the simulation has no quarantine."""
        async with self.clients.db.as_user(self.user) as conn:
            await conn.execute("update placements set crashes = 0, crashes_alone = 0 where crashes > 0")
            yield conn

    def host(self) -> HostRow:
        """One that was there at some time."""
        return self.random.choice(self.hosts)

    def actor(self) -> ActorId:
        """Any."""
        return ActorId("session", self.random.choice(self.conversations))

    def turn(self) -> Turn | None:
        """One that runs."""
        running = [turn for turn in self.rows.turns.values() if turn.status == "running"]
        return self.random.choice(running) if running else None


async def register(both: Both) -> tuple[Any, Any]:
    name = both.random.choice(("a", "b", "c"))
    row = HostRow(id=HostId(new_id()), name=name, node="n", pid=len(both.hosts), kinds=None, capacity=9)
    both.hosts.append(row)
    both.rows.register(row, LEASE)
    async with both.real() as conn:
        await store.register(conn, row, lease=LEASE)
    return None, None


async def renew(both: Both) -> tuple[Any, Any]:
    host = both.host().id
    async with both.real() as conn:
        real = await store.renew(conn, host, load=Load(actors=1), lease=LEASE)
    return both.rows.renew(host, actors=1, lease=LEASE), real is not None


async def declare_dead(both: Both) -> tuple[Any, Any]:
    host = both.host().id
    both.rows.declare_dead([host])
    async with both.real() as conn:
        await store.declare_dead(conn, [host])
    return None, None


async def unregister(both: Both) -> tuple[Any, Any]:
    host = both.host().id
    both.rows.unregister(host)
    async with both.real() as conn:
        await store.unregister(conn, host)
        return host in both.rows.hosts, await store.is_registered(conn, host)


async def claim(both: Both) -> tuple[Any, Any]:
    actor, host = both.actor(), both.host().id
    mine = both.rows.claim(actor, host)
    async with both.real() as conn:
        real = await store.claim(conn, actor, host)
    if mine.epoch is not None:
        both.held.append(Fence(actor, mine.epoch, host))
    return mine, real


async def release(both: Both) -> tuple[Any, Any]:
    if not both.held:
        return None, None
    held = both.random.choice(both.held)
    mine = both.rows.release(held.host, [(held.actor, held.epoch)])
    async with both.real() as conn:
        return mine, await store.release(conn, held.host, [(held.actor, held.epoch)])


async def look(both: Both) -> tuple[Any, Any]:
    actor, host = both.actor(), both.host()
    rows = both.rows
    mine = (rows.holder(actor), set(rows.orphans()), set(rows.strays(host.id)), rows.is_live(host.name))
    async with both.real() as conn:
        holder = await store.holder(conn, actor)
        orphans = set(await store.orphans(conn, limit=100))
        strays = set(await store.strays(conn, host.id, limit=100))
        live = await store.is_live(conn, host.name)
        near, hosts = set(await store.neighbours(conn, "n")), await store.live_hosts(conn)
    more = set(rows.neighbours("n")), {row.id for row in rows.live_hosts()}
    seen = holder and holder.id, orphans, strays, live, near, {row.id for row in hosts}
    return (mine[0] and mine[0].id, *mine[1:], *more), seen


async def fence(both: Both) -> tuple[Any, Any]:
    if not both.held:
        return None, None
    right = both.random.choice(both.held)
    pending, (mark, at) = both.random.choice((None, True, False)), both.random.choice(MOMENTS)

    def mine() -> None:
        both.rows.check(right) if pending is None else both.rows.mark_pending(right, pending, mark)

    async def real() -> None:
        async with both.real() as conn:
            await (right.check(conn) if pending is None else right.mark_pending(conn, pending, wake_at=at))

    return outcome(mine), await real_outcome(real)


async def accept(both: Both) -> tuple[Any, Any]:
    conversation, key = both.random.choice(both.conversations), f"key {both.random.randint(0, 40)}"
    turn, repeated, unfinished = both.rows.accept(conversation, key, most=MOST_UNFINISHED)
    new = NewTurn(
        id=TurnId(new_id()),
        conversation_id=ConversationId(UUID(conversation)),
        idempotency_key=key,
        user_message_id=MessageId(new_id()),
        options={"message": key},
        create=True,
        parent_id=None,
        attachments=(),
        most_unfinished=MOST_UNFINISHED,
        most_of_user=1000,
    )
    async with both.real() as conn:
        real = await turns.accept(conn, new)
    if turn is not None and not repeated:
        both.turns[turn.id] = new.id, new.user_message_id
    known = both.turns[turn.id][0] if turn else None
    return (known, repeated, unfinished), (real.turn_id, real.repeated, real.unfinished)


async def start(both: Both) -> tuple[Any, Any]:
    conversation = both.random.choice(both.conversations)
    mine = both.rows.start(conversation)
    async with both.real() as conn:
        real = await turns.start(conn, ConversationId(UUID(conversation)))
        if mine is None or real is None:
            return mine, real
        steps = await messages.steps_of(conn, real.id)
    last = steps[-1] if steps else None
    known = {result["id"] for result in last.tool_results} if last else set[str]()
    still_open = [call["id"] for call in (last.tool_calls if last else ()) if call["id"] not in known]
    return (
        (both.turns[mine.turn.id][0], mine.attempts_in_vain, mine.started_before, mine.stop, mine.steps),
        [id for id, *_ in mine.open],
    ), (
        (real.id, real.attempts_in_vain, real.started_before, real.stop_requested_at is not None, len(steps)),
        still_open,
    )


async def step(both: Both) -> tuple[Any, Any]:
    turn = both.turn()
    if turn is None:
        return None, None
    id, question = both.turns[turn.id]
    calls = tuple((f"{len(turn.steps)}.{n}", True) for n in range(both.random.randint(0, 3)))
    new = NewStep(
        id=MessageId(new_id()),
        conversation_id=ConversationId(UUID(turn.conversation)),
        parent_id=question,
        turn_id=id,
        step=len(turn.steps),
        content="",
        blocks=(),
        tool_calls=[{"id": call, "name": "a tool", "arguments": {}} for call, _ in calls],
        model="a model",
        stop_reason=None,
        status="complete",
        tokens_used=0,
        cost_usd=Decimal(0),
        usage={},
    )
    both.rows.add_step(turn, len(turn.steps), calls)
    async with both.real() as conn:
        await messages.add_step(conn, new)
        await turns.got_on(conn, id, seconds=0.0, silence=0.0, step=True)
    return None, None


async def results(both: Both) -> tuple[Any, Any]:
    turn = both.turn()
    if turn is None or not turn.steps:
        return None, None
    last = turn.steps[-1]
    fresh = {call: f"result {both.random.random()}" for call, _ in last.calls if both.random.random() < 0.5}
    both.rows.add_results(last, fresh)
    told = [ToolResult(id=id, content=content, is_error=False, seconds=None) for id, content in fresh.items()]
    async with both.real() as conn:
        before = (await messages.steps_of(conn, both.turns[turn.id][0]))[-1]
        await messages.add_tool_results(conn, before.id, told)
        after = (await messages.steps_of(conn, both.turns[turn.id][0]))[-1]
    return last.results, {result["id"]: result["content"] for result in after.tool_results}


async def end(both: Both) -> tuple[Any, Any]:
    turn = both.turn()
    if turn is None:
        return None, None
    status = both.random.choice(("completed", "stopped", "failed"))
    both.rows.end(turn, status)
    async with both.real() as conn:
        await turns.end(conn, both.turns[turn.id][0], status, None, seconds=0.0)
        last = await turns.last_ended(conn, ConversationId(UUID(turn.conversation)))
    mine = both.rows.last_ended(turn.conversation)
    return mine and both.turns[mine.id][0], last and last["id"]


async def left(both: Both) -> tuple[Any, Any]:
    conversation = both.random.choice(both.conversations)
    mine, until = both.rows.left(conversation)
    async with both.real() as conn:
        real, when = await turns.left(conn, ConversationId(UUID(conversation)))
    return (mine, until is None), (real, when is None)


async def ask(both: Both) -> tuple[Any, Any]:
    turn = both.turn()
    open_calls = (
        [id for id, _ in turn.steps[-1].calls if id not in turn.steps[-1].questions] if turn and turn.steps else []
    )
    if turn is None or not open_calls:
        return None, None
    step, (mark, seconds) = turn.steps[-1], both.random.choice(((0.0, -60.0), (LEASE * LEASE, LEASE)))
    both.rows.ask(step, open_calls[0], mark)
    async with both.real() as conn:
        new = NewApproval(
            id=new_id(),
            conversation_id=ConversationId(UUID(turn.conversation)),
            turn_id=both.turns[turn.id][0],
            message_id=(await messages.steps_of(conn, both.turns[turn.id][0]))[-1].id,
            call_id=open_calls[0],
            tool="a tool",
            arguments={},
            arguments_hash=b"",
            reason="rule",
            seconds=seconds,
        )
        both.questions.append((turn, step, new))
        await approvals.add(conn, new)
    return None, None


async def answer(both: Both) -> tuple[Any, Any]:
    if not both.questions:
        return None, None
    (_, step, question), approve = both.random.choice(both.questions), both.random.random() < 0.5
    mine = both.rows.answer(step, question.call_id, approve)
    async with both.real() as conn:
        real = await approvals.answer(conn, question.id, approve=approve, key="k")
    return mine, real is not None


async def hear(both: Both) -> tuple[Any, Any]:
    if not both.questions:
        return None, None
    turn, step, question = both.random.choice(both.questions)
    mine = both.rows.words(step)
    async with both.real() as conn:
        words = await approvals.words(conn, question.message_id)
        if "pending" in mine.values():
            if turn.status == "running":
                both.rows.mark_waiting(turn)
            await turns.mark_waiting(conn, both.turns[turn.id][0], True, seconds=0.0)
        else:
            both.rows.use(step, list(mine))
            await approvals.use(conn, question.message_id, list(mine))
        unused = await approvals.unused(conn, question.message_id)
    still = {call for call, asked in step.questions.items() if not asked.used}
    return (mine, still), ({word.call_id: word.status for word in words}, unused)


async def stop(both: Both) -> tuple[Any, Any]:
    conversation = both.random.choice(both.conversations)
    chosen = both.random.choice([None, *both.turns])
    mine = both.rows.request_stop(conversation, chosen)
    async with both.real() as conn:
        real = await turns.request_stop(
            conn, ConversationId(UUID(conversation)), both.turns[chosen][0] if chosen else None
        )
    return mine and both.turns[mine.id][0], real


async def hand_over(both: Both) -> tuple[Any, Any]:
    turn = both.turn()
    if turn is not None:
        both.rows.hand_over(turn)
        async with both.real() as conn:
            await turns.hand_over(conn, both.turns[turn.id][0], seconds=0.0)
    return None, None


def outcome(work: Callable[[], None]) -> str | None:
    try:
        work()
    except Fenced:
        return FENCED
    return None


async def real_outcome(work: Callable[[], Awaitable[None]]) -> str | None:
    try:
        await work()
    except Fenced:
        return FENCED
    return None


OFTEN = (claim, fence, look, accept, start, left, step, results, ask, answer, hear)
SELDOM = (register, renew, declare_dead, unregister, release, end, stop, hand_over)


@pytest.mark.parametrize("seed", range(8))
async def test_the_simulated_tables_do_what_postgres_does(seed: int, clients: Clients, user: UserId) -> None:
    both = Both(Random(seed), clients, user)
    await register(both)
    for number in range(OPERATIONS):
        operation = both.random.choice((*OFTEN, *OFTEN, *SELDOM))

        mine, real = await operation(both)

        assert mine == real, f"operation {number}, {operation.__name__}"
