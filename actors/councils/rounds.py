"""The steps of a council, each in the caller's transaction: open a round, settle answers, write the end.

Between two of them the council may die; what was committed is all that the next one needs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from actors.agents import store as agents
from actors.agents.allowance import Allowance
from actors.agents.spawning import NewAgent, spawn
from actors.agents.store import AgentRow
from actors.councils import store
from actors.councils.answers import TRIES, parse, schema
from actors.councils.errors import Nonsense
from actors.councils.prompts import asked, ballot_of
from actors.councils.records import OUT_OF_BUDGET, STOPPED, Deliberation, Given, Member, Reason, Status
from actors.councils.rules import End
from actors.councils.votes import BLIND, outcome, voted
from actors.stores import budgets
from actors.webhooks import outgoing
from cluster.clients.postgres import Connection
from cluster.ids import new_id

LONGEST_ANSWER = 1800.0
"""Seconds that one answer may take."""


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What became of answers: whose were committed, and the agents that were asked instead of others."""

    members: Sequence[int] = ()
    asked_again: Sequence[UUID] = ()


async def open_round(conn: Connection, state: Deliberation, round: int) -> Sequence[UUID]:
    """Ask everybody who sits in a round; answers the agents that answer for them. Raises BudgetSpent, TooManyAgents."""
    council = state.council
    await store.hear(conn, council.id, round)
    await store.begin_round(conn, council.id, round)
    heard = [remark if remark.round else replace(remark, round=round) for remark in state.remarks]
    state = replace(state, remarks=heard)
    seated = state.seated(round)
    share = await _share(conn, state, among=len(seated) + 1)  # one is left for those who are asked again
    new = [_agent(state, member, round, share) for member in seated]
    ids = await spawn(conn, new, payer=council.id, council=council.id)
    for member, id in zip(seated, ids, strict=True):
        await store.ask(conn, council.user_id, council.id, Given(round=round, member=member.n, agent_id=id))
    return ids


async def settle(conn: Connection, state: Deliberation, *, again: bool) -> Settled:
    """Commit the answers of all agents that have ended. With `again`, who answered nonsense is asked once more.

    Raises BudgetSpent when there is nothing left to ask again with.
    """
    council = state.council
    await budgets.settle_children(conn, council.id)
    members: list[int] = []
    retried: list[UUID] = []
    for given in (each for each in state.answers if each.status == "running"):
        agent = await agents.find(conn, given.agent_id)
        if agent is not None and not agent.over:
            continue
        paid = given if agent is None else _paid(given, agent)
        read = _read(state, paid, agent)
        if read.retry and again and agent is not None and agent.attempt < TRIES and not _stopped(state):
            retried.append(await _ask_again(conn, state, paid, read.complaint, attempt=agent.attempt + 1))
        else:
            await store.settle(conn, council.id, read.given)
            members.append(given.member)
    return Settled(members=members, asked_again=retried)


async def end(conn: Connection, state: Deliberation, step: End) -> Status:
    """Write what came of it, and close its budget; answers how it ended."""
    result = outcome(state)
    heard = any(voted(given) is not None for given in state.answers)
    status: Status = "cancelled" if step.reason == "stopped" else "completed" if heard else "failed"
    error = None
    if status == "failed":
        error = _error(*WHY_FAILED.get(step.reason, WHY_FAILED["broken"]))
    await store.end(conn, state.council.id, status=status, reason=step.reason, outcome=result, error=error)
    await budgets.close(conn, state.council.id)
    await outgoing.announce(conn, "council", [state.council.id])
    return status


WHY_FAILED: Mapping[Reason, tuple[str, str]] = {
    "budget": (OUT_OF_BUDGET, "The budget was used up before anybody had answered."),
    "broken": ("nonsense", "No member gave an answer that counts."),
}


@dataclass(frozen=True, kw_only=True)
class _Read:
    """An answer as it would be committed, and whether it is worth another try."""

    given: Given
    retry: bool = False
    complaint: str | None = None


def _read(state: Deliberation, given: Given, agent: AgentRow | None) -> _Read:
    member = state.member(given.member)
    assert member is not None, "who was asked is a member"
    if agent is None or agent.status != "completed":
        error = _why(agent)
        return _Read(given=replace(given, status="failed", error=error), retry=bool(error.get("retryable")))
    try:
        said = parse(agent.result, ballot_of(state, member, given.round))
    except Nonsense as nonsense:
        error = _error("nonsense", "This answer could not be counted.", str(nonsense))
        given = replace(given, status="abstained", error=error)
        return _Read(given=given, retry=True, complaint=str(nonsense))
    return _Read(given=replace(given, status="answered", vote=said.vote, answer=said.kept()))


async def _ask_again(
    conn: Connection, state: Deliberation, given: Given, complaint: str | None, *, attempt: int
) -> UUID:
    member = state.member(given.member)
    assert member is not None, "who was asked is a member"
    share = await _share(conn, state, among=1 + sum(each.status == "running" for each in state.answers))
    new = replace(
        _agent(state, member, given.round, share, complaint=complaint, attempt=attempt), retries=given.agent_id
    )
    ids = await spawn(conn, [new], payer=state.council.id, council=state.council.id)
    await store.ask(conn, state.council.user_id, state.council.id, replace(given, agent_id=ids[0]))
    return ids[0]


def _agent(
    state: Deliberation,
    member: Member,
    round: int,
    share: Allowance,
    *,
    complaint: str | None = None,
    attempt: int = 1,
) -> NewAgent:
    council = state.council
    question = asked(state, member, round, complaint=complaint)
    tools = council.settings.get("tools") if round == BLIND else None
    return NewAgent(
        id=new_id(),
        key=f"{council.id}/{round}/{member.n}/{attempt}",
        task=question.text,
        allowance=share,
        model=member.model or council.settings.get("model"),
        tools=tools or "none",
        agent=member.agent,
        persona=member.persona or None,
        answer_schema=schema(question.ballot),
        place=member.n,
        attempt=attempt,
    )


async def _share(conn: Connection, state: Deliberation, *, among: int) -> Allowance:
    """What one answer may cost, when what is left is shared among so many."""
    budget = await budgets.find(conn, state.council.id)
    assert budget is not None, "a council has a budget"
    left = (budget.deadline - datetime.now(UTC)).total_seconds()
    return Allowance(
        usd=(max(budget.usd_left, Decimal(0)) / among).quantize(Decimal("0.00000001"), "ROUND_DOWN"),
        tokens=max(budget.tokens_left, 0) // among,
        seconds=max(1.0, min(left, LONGEST_ANSWER)),
        agents=0,
        depth=0,
        fan_out=0,
    )


def _paid(given: Given, agent: AgentRow) -> Given:
    """The answer with what it cost, this try and the ones before."""
    return replace(given, tokens=given.tokens + agent.tokens, cost_usd=given.cost_usd + agent.cost_usd)


def _stopped(state: Deliberation) -> bool:
    return state.council.cancel_requested_at is not None


def _why(agent: AgentRow | None) -> Mapping[str, Any]:
    """Why an agent has not answered."""
    if agent is None:
        return _error("internal", "The agent of this answer is gone.")
    if agent.status == "cancelled":
        return _error(STOPPED, "It was stopped before it had answered.")
    return agent.error or _error("internal", "It failed.")


def _error(code: str, title: str, detail: str | None = None) -> dict[str, Any]:
    return {"code": code, "title": title, "detail": detail, "retryable": False}
