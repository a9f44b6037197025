"""What the tests of agents share: somebody who makes agents, and looks how they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from actors.agents import spawning, store
from actors.agents.allowance import Allowance
from actors.agents.spawning import NewAgent
from actors.agents.store import AgentRow
from actors.stores import budgets
from actors.stores.budgets import Budget
from cluster.ids import UserId, new_id
from cluster.services import Services
from tests.actors.conversing import Troupe, until


@dataclass
class Employer:
    """A user who makes agents in a troupe, and looks how they are."""

    troupe: Troupe
    user: UserId

    @property
    def services(self) -> Services:
        """What whoever makes agents works with."""
        return Services(**vars(self.troupe.clients), runtime=self.troupe.runtime, models=self.troupe.runtime.models())

    def allowance(self, **wanted: Any) -> Allowance:
        """The usual one, except for what is given."""
        return Allowance.of(self.troupe.clients.settings, wanted)

    async def spawn(
        self, task: str, *, key: str | None = None, budget: Mapping[str, Any] | None = None, **more: Any
    ) -> UUID:
        """Make an agent and have it begin."""
        payer = more.pop("payer", None)
        new = NewAgent(
            id=new_id(), key=key or uuid4().hex, task=task, allowance=self.allowance(**(budget or {})), **more
        )
        async with self.troupe.clients.db.as_user(self.user) as conn:
            ids = await spawning.spawn(conn, [new], payer=payer)
        await spawning.wake(self.services, ids)
        return ids[0]

    async def agent(self, id: UUID) -> AgentRow:
        """How an agent stands."""
        async with self.troupe.clients.db.as_user(self.user) as conn:
            row = await store.find(conn, id)
        assert row is not None
        return row

    async def budget(self, id: UUID) -> Budget:
        """How a budget stands."""
        async with self.troupe.clients.db.as_user(self.user) as conn:
            budget = await budgets.find(conn, id)
        assert budget is not None
        return budget

    async def over(self, id: UUID) -> AgentRow:
        """Wait until an agent has ended."""

        async def ended() -> bool:
            return (await self.agent(id)).over

        await until(ended)
        return await self.agent(id)

    async def ledger(self) -> Decimal:
        """What all calls have cost."""
        async with self.troupe.clients.db.as_user(self.user) as conn:
            return await conn.fetchval("select coalesce(sum(cost_usd), 0) from usage_log")
