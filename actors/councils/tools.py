"""A council as a tool: several minds answer one question, blind to one another, and their votes are counted."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from actors.agents.tools import payer_of, refusals, services_of
from actors.councils import store, votes
from actors.councils.founding import MOST_MEMBERS, NewCouncil, council_id
from actors.councils.records import Deliberation
from actors.stores.budgets import Budget
from cluster.ids import new_id
from cluster.runtime.actor import ActorId
from sandbox.errors import ToolFailed
from sandbox.tool import Example, Facts, ToolContext, tool

LOOKS_EVERY = 0.2
LONGEST = 300
SHARE = 2
"""An agent gives a council half of what it has left, at most."""
REASONING = 300
Option = Annotated[str, Field(min_length=1, max_length=500)]


@tool(
    category="agents",
    facts=Facts(side_effect=True, reads_untrusted=True, seconds=LONGEST + 30),
    example=Example(
        arguments={"question": "Which day?", "options": ["Monday", "Friday"], "num_agents": 3, "model": "scripted"},
        result={
            "council_id": "0197a1b2-0000-7000-8000-000000000000",
            "question": "Which day?",
            "winner": "Monday",
            "votes": {"Monday": 2, "Friday": 1},
            "total_agents": 3,
            "winner_votes": 2,
            "reasoning": [
                {"agent": "Pragmatist", "vote": "Monday", "reasoning": "It is sooner."},
                {"agent": "Idealist", "vote": "Friday", "reasoning": "Everybody can come."},
                {"agent": "Skeptic", "vote": "Monday", "reasoning": "Friday may fall through."},
            ],
            "consensus": True,
            "cost_usd": 0.0,
        },
        varies=True,
    ),
)
async def socratic_council(
    context: ToolContext,
    *,
    question: Annotated[str, Field(min_length=1, max_length=20_000), "All they need to know: they see nothing else"],
    options: Annotated[list[Option], Field(min_length=2, max_length=50), "What may be voted for"],
    num_agents: Annotated[int, Field(ge=1, le=MOST_MEMBERS), "How many, of different tempers"] = 3,
    model: Annotated[str | None, Field(max_length=100), "Another model than usual"] = None,
) -> dict[str, object]:
    """Have several agents vote on a question, each blind to the others. Takes as long as the slowest of them."""
    services = services_of(context)
    async with context.db.as_user(context.user) as conn:
        payer = await payer_of(conn, context)
    key = f"tool:{new_id()}"
    new = NewCouncil(
        question=question,
        options=options,
        num_agents=num_agents,
        max_rounds=1,
        model=model,
        payer=payer.id if payer else None,
        budget=_share(payer),
    )
    council = ActorId("council", str(council_id(context.user, key)))
    async with refusals():
        await services.runtime.deliver(council, "found", (context.user, key, new), {})
    return _told(await _ended(context, council))


COUNCIL_TOOLS = (socratic_council,)


def _share(payer: Budget | None) -> Mapping[str, Any]:
    if payer is None:
        return {}
    return {"usd": payer.usd_left / SHARE, "tokens": max(1, payer.tokens_left // SHARE)}


async def _ended(context: ToolContext, council: ActorId) -> Deliberation:
    try:
        async with asyncio.timeout(LONGEST):
            while True:
                async with context.db.as_user(context.user) as conn:
                    state = await store.load(conn, UUID(council.key))
                if state is None:
                    raise ToolFailed("There is no such council any more.")
                if state.council.ended:
                    return state
                await asyncio.sleep(LOOKS_EVERY)
    except TimeoutError as error:
        raise ToolFailed(f"The council {council.key} has not ended yet; its page shows how far it is.") from error


def _told(state: Deliberation) -> dict[str, object]:
    names = {each.n: each.name for each in state.members}
    counted = {tally.option: tally.votes for tally in votes.count(state, 1).tallies}
    outcome: Mapping[str, Any] = state.council.outcome or {}
    winner = outcome.get("winner")
    return {
        "council_id": str(state.council.id),
        "question": state.council.question,
        "winner": winner,
        "votes": counted,
        "total_agents": len(state.members),
        "winner_votes": counted.get(str(winner), 0) if winner is not None else 0,
        "reasoning": [
            {
                "agent": names[given.member],
                "vote": votes.voted(given) or given.status,
                "reasoning": str((given.answer or {}).get("reasoning") or "")[:REASONING],
            }
            for given in state.answers
        ],
        "consensus": bool(outcome.get("consensus")),
        "cost_usd": float(sum(given.cost_usd for given in state.answers)),
    }
