"""The agents of a swarm: what each is told, what it is called, and what it may use up."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from actors.agents.allowance import Allowance
from actors.agents.spawning import NewAgent
from actors.stores.budgets import Budget
from actors.swarms.commands import NewSwarm
from actors.swarms.items import Item
from actors.swarms.progress import Amount, Purse
from actors.swarms.reducing import Group
from actors.swarms.store import SwarmRow
from actors.swarms.tasks import item_task, reduce_task
from cluster.ids import new_id
from cluster.settings import Settings

Wanted = Mapping[str, Any]


def allowance_of(settings: Settings, new: NewSwarm, *, most_items: int) -> Allowance:
    """What a whole swarm may use up. Unless said otherwise, as many agents as all its items can need."""
    items = len(new.inputs) if new.closed else most_items
    each = _below(settings, new.options.each)
    attempts = items * (new.options.retries + 2)
    return Allowance.of_many(settings, new.budget, agents=attempts * (1 + each.agents) + items, at_once=new.parallelism)


def purse_of(swarm: SwarmRow, budget: Budget, *, least: Amount, reducing: bool) -> Purse:
    """What the swarm's agents may be given now."""
    each = swarm.options.each
    return Purse.of(
        Amount(usd=budget.usd, tokens=budget.tokens),
        Amount(usd=budget.usd_left, tokens=budget.tokens_left),
        kept_for_reducing=swarm.options.reduce is not None and not reducing,
        held=Amount(usd=budget.usd_held, tokens=budget.tokens_held),
        each_usd=None if reducing or each.get("usd") is None else Decimal(str(each["usd"])),
        each_tokens=None if reducing or each.get("tokens") is None else int(each["tokens"]),
        agents=budget.agents - budget.agents_made,
        places=budget.fan_out - budget.children,
        least=least,
    )


def for_item(settings: Settings, swarm: SwarmRow, item: Item, share: Amount) -> NewAgent:
    """The agent that works on an item, as its next attempt."""
    options, attempt = swarm.options, item.attempts + 1
    return NewAgent(
        id=new_id(),
        key=f"{swarm.id}/{item.n}/{attempt}",
        task=item_task(options.task, item.input),
        allowance=_with(_below(settings, options.each), share),
        agent_type=options.agent_type,
        model=options.model,
        tools=options.tools,
        answer_schema=options.answer_schema,
        place=item.n,
        retries=item.agent_id,
        attempt=attempt,
    )


def for_group(settings: Settings, swarm: SwarmRow, group: Group, results: list[str], share: Amount) -> NewAgent:
    """The agent that makes one text of several. It has no tools: what it reads may be anybody's words."""
    return NewAgent(
        id=new_id(),
        key=f"{reduce_prefix(swarm)}{group.level}/{group.number}/{group.attempt}",
        task=reduce_task(swarm.options.reduce or "", results, group),
        allowance=_with(_below(settings, {}), share),
        agent_type=swarm.options.agent_type,
        model=swarm.options.model,
        tools="none",
        attempt=group.attempt,
    )


def reduce_prefix(swarm: SwarmRow) -> str:
    """How the keys of the agents begin that make one of all results, this time."""
    return f"{swarm.id}/reduce/{swarm.options.reductions}/"


def not_affordable(error: Mapping[str, Any] | None) -> bool:
    """Whether an agent ended because its allowance did not go further."""
    return error is not None and error.get("code") == "budget_spent"


def _below(settings: Settings, each: Wanted) -> Allowance:
    """What one agent may use up, less money and tokens. It makes no agents, unless that was asked for."""
    makes = bool(each.get("agents"))
    usual = Allowance.of(settings, {})
    return usual.but(
        {
            "seconds": each.get("seconds"),
            "agents": each.get("agents") or 0,
            "depth": (each.get("depth") or 1) if makes else 0,
            "fan_out": (each.get("fan_out") or usual.fan_out) if makes else 0,
        }
    )


def _with(allowance: Allowance, share: Amount) -> Allowance:
    return allowance.but({"usd": share.usd, "tokens": share.tokens})
