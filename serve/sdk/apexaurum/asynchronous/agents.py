"""Agents: each works on one task to its end, on the server, whether this program goes on or not."""

from typing import Any

from apexaurum.asynchronous.concurrency import AsyncStream
from apexaurum.asynchronous.following import LOOK, follow
from apexaurum.asynchronous.transport import AsyncTransport
from apexaurum.decoding import decode
from apexaurum.display import shown
from apexaurum.errors import WorkFailed
from apexaurum.requests import get, given, post
from apexaurum.shapes.agents import AgentResult, AgentState, AgentView, Allowance


class AsyncAgent:
    """One agent."""

    def __init__(self, transport: AsyncTransport, state: AgentState) -> None:
        self._transport = transport
        self.state = state
        """As it was when last heard of."""

    @property
    def id(self) -> str:
        """Under which it is found again."""
        return self.state.id

    async def view(self) -> AgentView:
        """It, its budget, and whom it made."""
        view = await self._transport.get(AgentView, get(f"/agents/{self.id}"))
        self.state = view.agent
        return view

    async def status(self) -> AgentState:
        """As it stands."""
        self.state = await self._transport.get(AgentState, get(f"/agents/{self.id}/status"))
        return self.state

    async def follow(self) -> AsyncStream[AgentState]:
        """Each change, until it has ended."""
        told: AgentState | None = None
        async for event in follow(self._transport, f"agent:{self.id}"):
            if event.type in LOOK:
                await self.status()
            elif event.type == "agent_update" and event.data["agent_id"] == self.id:
                self.state = decode(AgentState, event.data["agent"])
            if self.state != told:
                told = self.state
                yield told
            if self.state.ended:
                return

    async def wait(self) -> AgentResult:
        """What came of it, once it has ended."""
        if not self.state.ended:
            async for _ in self.follow():
                pass
        return await self._transport.get(AgentResult, get(f"/agents/{self.id}/result"))

    async def result(self) -> Any:
        """Its result, once it has one: JSON where an answer schema was asked for, else text. Raises WorkFailed."""
        ended = await self.wait()
        if ended.status != "completed":
            raise WorkFailed("agent", self.id, ended.status, str(ended.error) if ended.error else None)
        return ended.result if ended.output is None else ended.output

    async def cancel(self) -> None:
        """End it, and all that it made."""
        await self._tell("cancel")

    async def pause(self) -> None:
        """Let it wait before its next step."""
        await self._tell("pause")

    async def resume(self) -> None:
        """Let it go on."""
        await self._tell("resume")

    async def retry(self, *, key: str | None = None) -> "AsyncAgent":
        """Another agent for the same task."""
        answer = await self._transport.ask(post(f"/agents/{self.id}/retry", key=key))
        return AsyncAgent(self._transport, decode(AgentState, answer))

    async def _tell(self, what: str) -> None:
        await self._transport.ask(post(f"/agents/{self.id}/{what}"))

    def _repr_html_(self) -> str:
        return shown(self.state)


class AsyncAgents:
    """Your agents that work on tasks."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def spawn(
        self,
        task: str,
        *,
        agent_type: str | None = None,
        model: str | None = None,
        tools: str | None = None,
        agent: str | None = None,
        persona: str | None = None,
        answer_schema: dict[str, Any] | None = None,
        budget: Allowance | None = None,
        webhook: dict[str, str] | None = None,
        key: str | None = None,
    ) -> AsyncAgent:
        """Set an agent to a task. `agent_type` is general, researcher, coder, analyst, writer, or one of yours."""
        wanted = given(
            task=task,
            agent_type=agent_type,
            model=model,
            tools=tools,
            agent=agent,
            persona=persona,
            answer_schema=answer_schema,
            budget=None if budget is None else budget.told(),
            webhook=webhook,
        )
        return AsyncAgent(
            self._transport, await self._transport.get(AgentState, post("/agents/spawn", wanted, key=key))
        )

    async def get(self, id: str) -> AsyncAgent:
        """One that was made before. Raises NotFound."""
        return AsyncAgent(self._transport, await self._transport.get(AgentState, get(f"/agents/{id}/status")))

    def all(self) -> AsyncStream[AgentState]:
        """All of them, the newest first."""
        return self._transport.pages(AgentState, get("/agents"), "agents")
