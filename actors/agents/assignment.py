"""What a turn that an agent runs must keep to: before a call its worst case is held, after it counts what it came to.

The turn loop (actors/session/turn.py) calls this where it would otherwise just go on. Everything that is written here
is written in the turn's own transactions.
"""

import logging
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from actors.agents import store, worst_case
from actors.agents.events import AgentUpdated
from actors.agents.store import AgentRow, Status, WaitsFor
from actors.events import Ending, TurnError
from actors.session.stage import Stage
from actors.session.stop import OutOfBudget, Paused, Stopped
from actors.stores import budgets
from actors.webhooks import outgoing
from cluster.clients.postgres import Connection
from cluster.ids import UserId
from cluster.models.card import ModelCard
from cluster.models.chat_model import ModelRequest, Usage
from cluster.services import ActorServices

log = logging.getLogger(__name__)
STATUS: Mapping[Ending, Status] = {"completed": "completed", "failed": "failed", "stopped": "cancelled"}


class Assignment:
    """One agent's work, as its turn sees it."""

    def __init__(self, services: ActorServices, user: UserId, agent: Any) -> None:
        self._services = services
        self._user = user
        self._agent = agent
        self._asked: ModelRequest | None = None
        self._known: worst_case.Known | None = None
        self.row: AgentRow | None = None
        self.leaves: bool | None = None
        """Whether agents that it made were at work when it ended; None when that is not known."""

    async def ask(self, stage: Stage, request: ModelRequest, card: ModelCard) -> ModelRequest:
        """Hold the worst case of a call; answers the request as it may be made.

        Raises OutOfBudget, Paused, Stopped (nothing was asked then), Fenced.
        """
        prompt = worst_case.prompt_tokens(request, self._known)
        today = datetime.now(UTC).date()
        async with stage.writing() as conn:
            row = await store.begun(conn, self._agent)
            if row is not None and row.paused:
                raise Paused
            answer = await self._hold(conn, request, card, prompt, today)
        if answer == 0:
            raise OutOfBudget("allowance")
        if row is not None and (self.row is None or self.row.status != row.status):
            self._publish(stage, row)
        self._asked = worst_case.cut(request, answer)
        return self._asked

    async def settle(self, conn: Connection, used: Usage | None, *, step: bool) -> None:
        """A call came to its end; what it used counts in place of its worst case."""
        tokens, usd = (used.total, used.cost_usd) if used is not None else (0, Decimal(0))
        await budgets.spend(conn, self._agent, usd=usd, tokens=tokens)
        self.row = await store.got_on(conn, self._agent, step=step, tokens=tokens, usd=usd) or self.row
        if used is not None and self._asked is not None:
            self._known = worst_case.known_after(self._asked, used)

    async def waits(self, conn: Connection, what: WaitsFor) -> None:
        """The agent waits."""
        self.row = await store.waits(conn, self._agent, what) or self.row

    async def end(self, conn: Connection, status: Ending, *, result: str | None, error: TurnError | None) -> None:
        """The agent has ended, and makes no more of them."""
        kept = None if error is None else {name: value for name, value in asdict(error).items() if value is not None}
        ended = await store.ended(conn, self._agent, STATUS[status], result=result, error=kept)
        if ended is None:
            return
        self.row = ended
        self.leaves = await budgets.stop(conn, self._agent)
        if ended.root_id == self._agent and not self.leaves:
            await budgets.close(conn, self._agent)
        if "webhook" in ended.options:
            await outgoing.announce(conn, "agent", [ended.id])

    def publish(self, stage: Stage) -> None:
        """Tell how the agent stands."""
        if self.row is not None:
            self._publish(stage, self.row)

    async def _hold(self, conn: Connection, request: ModelRequest, card: ModelCard, prompt: int, today: Any) -> int:
        """How long the answer may be, once its worst case is held; 0 when the budget does not allow for any."""
        held = await budgets.find(conn, self._agent)
        if held is not None and (held.children or held.tokens_asked):
            await budgets.settle_children(conn, self._agent)
            await budgets.doubt(conn, self._agent)
            held = await budgets.find(conn, self._agent)
        if held is None:
            return 0
        if held.cancelled_at is not None:  # the word of it has not come yet
            raise Stopped
        answer = worst_case.fitted(
            request, card, prompt, usd_left=held.usd_left, tokens_left=held.tokens_left, today=today
        )
        if answer == 0:
            return 0
        tokens = prompt + answer + request.thinking_tokens
        usd = worst_case.usd(card, prompt, answer + request.thinking_tokens, today)
        return answer if await budgets.ask(conn, self._agent, usd=usd, tokens=tokens) else 0

    def _publish(self, stage: Stage, row: AgentRow) -> None:
        self.row = row
        event = AgentUpdated.of(row)
        stage.outbox.add_elsewhere(event.channels(row), event)
