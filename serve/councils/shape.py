"""A council as clients see it: what an open round holds is not told before all have committed."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from actors.councils.records import Deliberation, Given
from actors.councils.records import Member as Seated
from actors.councils.votes import changed, count, voted
from actors.stores.budgets import Budget
from serve import councils_wire as wire
from serve.agents_wire import Budget as WireBudget


def council(state: Deliberation, budget: Budget) -> wire.Council:
    """The whole of it."""
    row = state.council
    answers = [_answer(given, hidden=state.open(given.round)) for given in state.answers]
    return wire.Council.model_validate(
        {
            "id": row.id,
            "question": row.question,
            "options": list(row.options),
            "status": row.status,
            "reason": row.reason,
            "round": row.round,
            "max_rounds": row.max_rounds,
            "paused": row.paused,
            "members": [member(state, each) for each in state.members],
            "rounds": [_round(state, n) for n in range(1, row.round + 1)],
            "answers": answers,
            "remarks": [wire.Remark.model_validate(each) for each in state.remarks],
            "outcome": row.outcome,
            "error": row.error,
            "cost_usd": cost(state.answers),
            "budget": WireBudget.model_validate(budget),
            "created_at": row.created_at,
            "started_at": row.started_at,
            "completed_at": row.completed_at,
        }
    )


def shared(state: Deliberation, budget: Budget) -> wire.SharedCouncil:
    """What a link shows: all but how the members were told to be."""
    shown = council(state, budget)
    for each in shown.members:
        each.persona = ""
    return wire.SharedCouncil(council=shown)


def one_shot(state: Deliberation) -> wire.OneShotAnswer:
    """The count of the votes in the only round."""
    names = {each.n: each.name for each in state.members}
    outcome: Mapping[str, Any] = state.council.outcome or {}
    told = {names[given.member]: given for given in state.answers if voted(given) is not None}
    return wire.OneShotAnswer(
        id=state.council.id,
        question=state.council.question,
        votes={tally.option: tally.votes for tally in count(state, 1).tallies},
        reasoning={name: str((given.answer or {}).get("reasoning") or "") for name, given in told.items()},
        consensus=bool(outcome.get("consensus")),
        winner=outcome.get("winner"),
        agents=[member(state, each) for each in state.members],
        cost_usd=cost(state.answers),
    )


def member(state: Deliberation, seated: Seated) -> wire.Member:
    """One member, and what it has cost up to now."""
    answers = [given for given in state.answers if given.member == seated.n]
    return wire.Member(
        n=seated.n,
        name=seated.name,
        agent=seated.agent,
        persona=seated.persona,
        model=seated.model or state.council.settings.get("model"),
        joined_round=seated.joined_round,
        left_round=seated.left_round,
        cost_usd=cost(answers),
        tokens=sum(given.tokens for given in answers),
    )


def cost(answers: Sequence[Given]) -> Decimal:
    """What answers have cost."""
    return sum((given.cost_usd for given in answers), Decimal(0))


def _round(state: Deliberation, n: int) -> wire.Round:
    hidden, counted = state.open(n), count(state, n)
    return wire.Round(
        round=n,
        open=hidden,
        agreement=None if hidden else counted.agreement,
        tallies=[] if hidden else [wire.Tally.model_validate(tally) for tally in counted.tallies],
        changed=0 if hidden else changed(state, n),
        cost_usd=cost(list(state.given(n).values())),
    )


def _answer(given: Given, *, hidden: bool) -> wire.CouncilAnswer:
    said: Mapping[str, Any] = {} if hidden else given.answer or {}
    return wire.CouncilAnswer.model_validate(
        {
            "round": given.round,
            "member": given.member,
            "agent_id": given.agent_id,
            "status": given.status,
            "hidden": hidden,
            "vote": None if hidden else given.vote,
            "position": said.get("position"),
            "reasoning": said.get("reasoning"),
            "arguments": said.get("arguments") or [],
            "confidence": said.get("confidence"),
            "reviews": said.get("reviews") or [],
            "error": None if hidden else given.error,
            "cost_usd": given.cost_usd,
            "tokens": given.tokens,
        }
    )
