"""Convenes a council: who sits in it, what it may spend, and that it is made once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args
from uuid import NAMESPACE_URL, UUID, uuid5

from actors.agents.allowance import Allowance
from actors.councils import store
from actors.councils.answers import TRIES
from actors.councils.errors import BadCouncil, CouncilKeyReused, MemberMissing
from actors.councils.records import Council, Member
from actors.councils.tempers import founders, tempered
from actors.stores import budgets
from actors.stores.text import storable_text
from cluster.clients.postgres import Connection
from cluster.ids import UserId, agent_name
from cluster.services import Services
from sandbox.presets import PresetName
from village.agents import store as village_agents

MOST_MEMBERS = 12


@dataclass(frozen=True, kw_only=True)
class Seat:
    """Who is to sit in a council: an agent of the village by name, or somebody made up."""

    agent: str | None = None
    name: str | None = None
    persona: str | None = None
    model: str | None = None


@dataclass(frozen=True, kw_only=True)
class NewCouncil:
    """What a council is to be. `members` None: the founders, or `num_agents` of different tempers."""

    question: str
    options: Sequence[str] = ()
    members: Sequence[Seat] | None = None
    num_agents: int | None = None
    max_rounds: int = 3
    model: str | None = None
    tools: str | None = None
    budget: Mapping[str, Any] = field(default_factory=dict[str, Any])
    start: bool = True
    webhook: Mapping[str, Any] | None = None
    payer: UUID | None = None
    """The agent whose budget pays for it; None: it has one of its own."""


def council_id(user: UserId, key: str) -> UUID:
    """The council that this key of a user's stands for: sent twice, it is one."""
    return uuid5(NAMESPACE_URL, f"apexaurum:council:{user}:{key}")


async def found(services: Services, conn: Connection, user: UserId, key: str, new: NewCouncil) -> Council:
    """Keep a new council, or find the one that the key stands for.

    Raises BadCouncil, CouncilKeyReused, MemberMissing, ModelMissing, and what a payer's budget refuses.
    """
    known = await store.by_key(conn, key)
    if known is not None:
        if known.question != storable_text(new.question):
            raise CouncilKeyReused
        return known
    members = await seats(services, conn, new)
    council = _row(services, user, key, new)
    most = MOST_MEMBERS * new.max_rounds * TRIES
    allowance = Allowance.of_many(services.settings, new.budget, agents=most, at_once=MOST_MEMBERS)
    _check(allowance, len(members))
    if new.payer is None:
        await budgets.open_root(conn, council.id, allowance)
    else:
        await budgets.open_below(conn, new.payer, [(council.id, allowance)])
    await store.create(conn, council, key, members)
    return council


async def seats(services: Services, conn: Connection, new: NewCouncil) -> list[Member]:
    """The members that it begins with."""
    if new.members is None:
        return tempered(new.num_agents) if new.num_agents else founders()
    return [await seated(services, conn, seat, n) for n, seat in enumerate(new.members, 1)]


async def seated(services: Services, conn: Connection, seat: Seat, n: int, *, joined_round: int = 1) -> Member:
    """A member in this place. Raises MemberMissing when there is no such agent, BadCouncil without a name."""
    if seat.model is not None:
        services.models.card(seat.model)
    persona = None if seat.persona is None else storable_text(seat.persona)
    member = Member(n=n, name="", persona=persona or "", model=seat.model, joined_round=joined_round)
    if seat.agent is not None:
        profile = await village_agents.find(conn, agent_name(seat.agent))
        if profile is None:
            raise MemberMissing(f"there is no agent {seat.agent[:60]!r} in your village")
        persona = profile.persona if persona is None else persona
        member = replace(member, name=profile.display_name, persona=persona, agent=profile.agent)
    name = storable_text(seat.name or member.name).strip()
    if not name:
        raise BadCouncil("a member needs a name, or an agent whose name it has")
    return replace(member, name=name)


def _row(services: Services, user: UserId, key: str, new: NewCouncil) -> Council:
    options = [storable_text(option).strip() for option in new.options]
    if "" in options or len(set(options)) < len(options) or len(options) == 1:
        raise BadCouncil("options are at least two texts, each another")
    if new.model is not None:
        services.models.card(new.model)
    if new.tools not in (None, "none", *get_args(PresetName)):
        raise BadCouncil(f"there is no tool preset {new.tools!r}")
    question = storable_text(new.question)
    if not question.strip():
        raise BadCouncil("a council needs a question")
    return Council(
        id=council_id(user, key),
        user_id=user,
        question=question,
        options=options,
        settings={"model": new.model, "tools": new.tools},
        max_rounds=new.max_rounds,
        paused=not new.start,
        webhook=new.webhook,
    )


def _check(allowance: Allowance, members: int) -> None:
    """A round asks all members at once, or it is none."""
    if allowance.depth < 1 or allowance.fan_out < members or allowance.agents < members:
        raise BadCouncil(f"its budget has to allow {members} agents at once, one level deep")
