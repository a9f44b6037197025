"""Puts the fixed questions to a council of members of known accuracy, and scores it beside a bare majority."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from actors.councils import store
from actors.councils.council import Council
from actors.councils.founding import NewCouncil, council_id
from actors.councils.records import Deliberation
from cluster.ids import UserId
from cluster.services import Clients
from tests.actors.conversing import Troupe, until
from tests.actors.councils.playing import convening, seat
from tests.actors.councils.questions import SMALL_TALK, Question, play, questions

AT_ONCE = 8


@dataclass(frozen=True)
class Score:
    """How many questions were answered rightly, and at what cost."""

    asked: int
    members: tuple[float, ...]
    """The share of blind answers of each member that were right."""
    baseline: int
    council: int
    baseline_usd: Decimal
    debate_usd: Decimal
    rounds: float
    ledger_usd: Decimal


async def score(clients: Clients, user: UserId, *, asked: Sequence[Question] | None = None) -> Score:
    """Hold a council on each question."""
    wanted = list(asked or questions())
    async with convening(clients, user, play(SMALL_TALK)) as convener:
        places = asyncio.Semaphore(AT_ONCE)

        async def one(question: Question) -> Deliberation:
            async with places:
                return await _held(convener.troupe, user, question)

        async with asyncio.TaskGroup() as group:
            held = [group.create_task(one(question)) for question in wanted]
        ledger = await convener.ledger()
    return _scored(wanted, [task.result() for task in held], ledger)


async def _held(troupe: Troupe, user: UserId, question: Question) -> Deliberation:
    id = council_id(user, question.text)
    seats = [seat(knower.name) for knower in SMALL_TALK]
    new = NewCouncil(question=question.text, options=question.options, members=seats, max_rounds=3)
    await troupe.runtime.ref(Council, str(id)).ask(Council.found, user, question.text, new)

    async def state() -> Deliberation | None:
        async with troupe.clients.db.as_user(user) as conn:
            return await store.load(conn, id)

    async def over() -> bool:
        return (now := await state()) is not None and now.council.ended

    await until(over)
    found = await state()
    assert found is not None
    return found


def _scored(asked: Sequence[Question], held: Sequence[Deliberation], ledger: Decimal) -> Score:
    pairs = list(zip(asked, held, strict=True))
    outcomes = [(question, state.council.outcome or {}) for question, state in pairs]
    members = tuple(
        sum(state.given(1)[n].vote == question.right for question, state in pairs) / len(pairs)
        for n in range(1, len(SMALL_TALK) + 1)
    )
    return Score(
        asked=len(pairs),
        members=members,
        baseline=sum(outcome["baseline"] == question.right for question, outcome in outcomes),
        council=sum(outcome["winner"] == question.right for question, outcome in outcomes),
        baseline_usd=sum((Decimal(outcome["baseline_cost_usd"]) for _, outcome in outcomes), Decimal(0)),
        debate_usd=sum((Decimal(outcome["debate_cost_usd"]) for _, outcome in outcomes), Decimal(0)),
        rounds=sum(state.council.round for state in held) / len(held),
        ledger_usd=ledger,
    )
