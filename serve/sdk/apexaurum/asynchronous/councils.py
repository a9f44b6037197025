"""Councils: several minds on one question, in rounds, until they agree or the rounds or the money are spent."""

from collections.abc import Sequence

from apexaurum.asynchronous.concurrency import AsyncStream
from apexaurum.asynchronous.following import LOOK, follow
from apexaurum.asynchronous.transport import AsyncTransport
from apexaurum.decoding import decode
from apexaurum.display import shown
from apexaurum.errors import WorkFailed
from apexaurum.requests import Request, get, given, post
from apexaurum.shapes.agents import Allowance
from apexaurum.shapes.councils import (
    CouncilEvent,
    CouncilListed,
    CouncilState,
    NewMember,
    OneShotAnswer,
    Outcome,
)

ASK_SECONDS = 960.0


class AsyncCouncil:
    """One council."""

    def __init__(self, transport: AsyncTransport, state: CouncilState) -> None:
        self._transport = transport
        self.state = state
        """As it was when last heard of."""

    @property
    def id(self) -> str:
        """Under which it is found again."""
        return self.state.id

    async def status(self) -> CouncilState:
        """As it stands."""
        self.state = await self._transport.get(CouncilState, get(f"/councils/{self.id}"))
        return self.state

    async def follow(self) -> AsyncStream[CouncilEvent]:
        """What happens, until it has ended; `state` is what it has come to by then."""
        async for event in follow(self._transport, f"council:{self.id}"):
            before = self.state
            await self.status()
            if event.type == "council_update":
                told = decode(CouncilEvent, event.data)
                yield told
                if told.event == "ended":
                    return
            elif event.type in LOOK:
                if (self.state.status, self.state.round) != (before.status, before.round):
                    yield CouncilEvent(event="changed", status=self.state.status, round=self.state.round)
                if self.state.ended:
                    return

    async def wait(self) -> CouncilState:
        """The council, once it has ended."""
        if not (await self.status()).ended:
            async for _ in self.follow():
                pass
        return self.state

    async def outcome(self) -> Outcome:
        """What came of it, once it has. Raises WorkFailed; `state` has what there is of an outcome even then."""
        ended = await self.wait()
        if ended.outcome is None or ended.status != "completed":
            raise WorkFailed("council", self.id, ended.status, str(ended.error) if ended.error else None)
        return ended.outcome

    async def remark(self, content: str, *, key: str | None = None) -> CouncilState:
        """Say something to them. They hear it in their next round."""
        request = post(f"/councils/{self.id}/remarks", {"content": content}, key=key)
        self.state = await self._transport.get(CouncilState, request)
        return self.state

    async def seat(self, member: NewMember) -> CouncilState:
        """Let somebody else sit there, from the next round on."""
        self.state = await self._transport.get(CouncilState, post(f"/councils/{self.id}/members", member.told()))
        return self.state

    async def dismiss(self, member: int) -> CouncilState:
        """Let a member go, from the next round on. What it said stays."""
        request = Request(method="DELETE", path=f"/councils/{self.id}/members/{member}")
        self.state = await self._transport.get(CouncilState, request)
        return self.state

    async def markdown(self) -> str:
        """All of it, to read."""
        return (await self._transport.answer(get(f"/councils/{self.id}/export.md"))).text

    async def pause(self) -> None:
        """Begin no further round for now."""
        await self._tell("pause")

    async def resume(self) -> None:
        """Go on."""
        await self._tell("resume")

    async def cancel(self) -> None:
        """End it."""
        await self._tell("cancel")

    async def _tell(self, what: str) -> None:
        await self._transport.ask(post(f"/councils/{self.id}/{what}"))

    def _repr_html_(self) -> str:
        return shown(self.state)


class AsyncCouncils:
    """Your councils."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def start(
        self,
        question: str,
        options: Sequence[str] = (),
        *,
        members: int | Sequence[NewMember] | None = None,
        max_rounds: int | None = None,
        model: str | None = None,
        tools: str | None = None,
        budget: Allowance | None = None,
        start: bool = True,
        webhook: dict[str, str] | None = None,
        key: str | None = None,
    ) -> AsyncCouncil:
        """Let several deliberate: the four founders, so many members of different tempers, or those that you name."""
        wanted = given(
            question=question,
            options=list(options),
            **_seats(members),
            max_rounds=max_rounds,
            model=model,
            tools=tools,
            budget=None if budget is None else budget.told(),
            start=start,
            webhook=webhook,
        )
        state = await self._transport.get(CouncilState, post("/councils", wanted, key=key))
        return AsyncCouncil(self._transport, state)

    async def ask(
        self,
        question: str,
        options: Sequence[str] = (),
        *,
        members: int | Sequence[NewMember] | None = None,
        model: str | None = None,
        budget: Allowance | None = None,
        key: str | None = None,
    ) -> OneShotAnswer:
        """Each member answers once, without hearing the others; their votes are counted."""
        wanted = given(
            question=question,
            options=list(options),
            **_seats(members),
            model=model,
            budget=None if budget is None else budget.told(),
        )
        request = post("/agents/council", wanted, key=key, read_seconds=ASK_SECONDS)
        return await self._transport.get(OneShotAnswer, request)

    async def get(self, id: str) -> AsyncCouncil:
        """One that was made before. Raises NotFound."""
        return AsyncCouncil(self._transport, await self._transport.get(CouncilState, get(f"/councils/{id}")))

    def all(self) -> AsyncStream[CouncilListed]:
        """All of them, the newest first."""
        return self._transport.pages(CouncilListed, get("/councils"), "councils")


def _seats(members: int | Sequence[NewMember] | None) -> dict[str, object]:
    if members is None or isinstance(members, int):
        return given(num_agents=members)
    return {"members": [member.told() for member in members]}
