"""A council awake: asks its members round by round, and hears the person in between.

The database is the truth: `advance` looks what was committed, does what the rules say comes next, and looks again when
an agent has ended, when a person has done something, and now and then in any case.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import ClassVar
from uuid import UUID

from actors.agents import ending
from actors.agents.errors import BudgetSpent, Cancelled, TooManyAgents
from actors.agents.spawning import wake
from actors.councils import rounds, store
from actors.councils.errors import (
    CouncilEnded,
    CouncilMissing,
    LastMember,
    MemberMissing,
    NotPaused,
    TooManyMembers,
    TooManyRemarks,
)
from actors.councils.events import CouncilEvent, CouncilUpdated
from actors.councils.founding import MOST_MEMBERS, NewCouncil, Seat, found, seated
from actors.councils.records import Deliberation, Member, Remark, Status
from actors.councils.rules import End, OpenRound, Wait, next_step
from actors.session.leaving import done_before_leaving
from actors.stores.text import storable_text
from cluster.clients.postgres import Connection
from cluster.errors import Unavailable
from cluster.events.names import council_channel
from cluster.ids import UserId
from cluster.runtime.actor import interleaves, repeatable
from cluster.runtime.ref import Ref
from cluster.services import ActorServices

log = logging.getLogger(__name__)
FIRST_PAUSE = 0.25
LONGEST_PAUSE = 2.0
"""Seconds between attempts while the database is away."""
LOOK_SECONDS = 10.0
"""How often it looks at its members though nobody has told it anything."""
REFUSED = (BudgetSpent, TooManyAgents, Cancelled)
"""What a budget says to another agent."""
MOST_REMARKS = 50
"""Remarks that may wait for the next round."""


class Council:
    """One council."""

    kind: ClassVar[str] = "council"

    def __init__(self, key: str, services: ActorServices) -> None:
        self._id = UUID(key)
        self._services = services
        self._user: UserId | None = None
        self._told = False
        self._more = False
        self._heard = asyncio.Event()

    async def activate(self) -> None:
        """Take up what another incarnation left."""
        if self._services.fence.left_work:
            await self._wake_up()

    @interleaves
    @repeatable
    async def found(self, user: UserId, key: str, new: NewCouncil) -> None:
        """Convene it; durable when this answers. Raises BadCouncil, CouncilKeyReused, MemberMissing, ModelMissing."""
        async with self._services.db.as_user(user) as conn:
            await self._services.fence.mark_pending(conn, True)
            await found(self._services, conn, user, key, new)
        await self._wake_up(user)

    @interleaves
    @repeatable
    async def child_ended(self, agent: UUID) -> None:
        """An agent of a member has ended."""
        log.debug("agent %s of council %s has ended", agent, self._id)
        await self._wake_up()

    @interleaves
    @repeatable
    async def pause(self, user: UserId) -> None:
        """Open no more rounds; who is at work ends it. Raises CouncilMissing, CouncilEnded."""
        async with self._changing(user) as (conn, state):
            await store.pause(conn, self._id, paused=True)
        await self._publish(state, "paused", status=_after(state, paused=True))

    @interleaves
    @repeatable
    async def resume(self, user: UserId) -> None:
        """Go on. Raises CouncilMissing, CouncilEnded."""
        async with self._changing(user) as (conn, state):
            await store.pause(conn, self._id, paused=False)
        await self._publish(state, "resumed", status=_after(state, paused=False))

    @interleaves
    @repeatable
    async def hold_round(self, user: UserId) -> None:
        """While paused, hold the next round all the same. Raises CouncilMissing, CouncilEnded, NotPaused."""
        async with self._changing(user) as (conn, state):
            if not state.council.paused:
                raise NotPaused
            round = state.council.round
            behind = any(given.status == "running" for given in state.answers)
            await store.pause(conn, self._id, paused=True, until=round if behind else round + 1)

    @interleaves
    @repeatable
    async def cancel(self, user: UserId) -> None:
        """Stop it for good; what was committed stays. Raises CouncilMissing; what has ended stays as it is."""
        with contextlib.suppress(CouncilEnded):
            async with self._changing(user) as (conn, _):
                await store.request_cancel(conn, self._id)
            await ending.cancel(self._services, user, self._id)

    @interleaves
    @repeatable
    async def remark(self, user: UserId, id: UUID, content: str) -> None:
        """A person says something, which the next round hears. Raises CouncilMissing, CouncilEnded, TooManyRemarks."""
        async with self._changing(user) as (conn, state):
            if sum(remark.round is None for remark in state.remarks) >= MOST_REMARKS:
                raise TooManyRemarks
            new = await store.add_remark(conn, user, self._id, Remark(id=id, content=storable_text(content)))
        if new:
            await self._publish(state, "remark_queued")

    @interleaves
    async def add_member(self, user: UserId, seat: Seat) -> int:
        """Seat another member from the next round on; answers its place. Raises TooManyMembers, and as `found`."""
        async with self._changing(user) as (conn, state):
            joins = state.council.round + 1
            if len(state.seated(joins)) >= MOST_MEMBERS:
                raise TooManyMembers
            n = max((member.n for member in state.members), default=0) + 1
            member = await seated(self._services, conn, seat, n, joined_round=joins)
            await store.add_member(conn, user, self._id, member)
        await self._publish(state, "member_joined", member=n)
        return n

    @interleaves
    @repeatable
    async def remove_member(self, user: UserId, n: int) -> None:
        """Let a member go from the next round on. Raises CouncilMissing, CouncilEnded, MemberMissing, LastMember."""
        async with self._changing(user) as (conn, state):
            leaves = state.council.round + 1
            member: Member | None = state.member(n)
            if member is None or (member.left_round is not None and member.left_round < leaves):
                raise MemberMissing
            if not [other for other in state.seated(leaves) if other.n != n]:
                raise LastMember
            await store.remove_member(conn, self._id, n, left_round=leaves)
        await self._publish(state, "member_left", member=n)

    async def advance(self) -> None:
        """Do what comes next until nothing is left, or the host leaves. Told by the council to itself."""
        pause = FIRST_PAUSE
        try:
            while self._more and not self._services.departure.asked.is_set():
                self._more = False
                self._heard.clear()
                try:
                    asleep = await self._work_off()
                    pause = FIRST_PAUSE
                except Unavailable as error:
                    log.warning("council %s waits: %s", self._id, error)
                    await asyncio.sleep(pause)
                    pause = min(LONGEST_PAUSE, pause * 2)
                    asleep, self._more = False, True
                if not asleep and not self._more:
                    await self._listen()
                    self._more = True
        finally:
            self._told = False

    async def _listen(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await done_before_leaving(self._hear(), self._services.departure)

    async def _hear(self) -> None:
        await self._heard.wait()

    async def _work_off(self) -> bool:
        """All that can be done now; answers whether nothing more comes without a person."""
        user = await self._owner()
        try:
            while user is not None:
                await self._settle(user)
                step = await self._step(user)
                if isinstance(step, Wait):
                    return step.asleep
        except CouncilMissing:
            log.info("council %s is gone, and all that was in it", self._id)
        async with self._services.db.as_nobody() as conn:
            await self._services.fence.mark_pending(conn, False)
        return True

    async def _settle(self, user: UserId) -> None:
        """Commit the answers that have come."""
        try:
            settled, state = await self._settled(user, again=True)
        except REFUSED:  # nobody can be asked again
            settled, state = await self._settled(user, again=False)
        if settled.asked_again:
            await wake(self._services, settled.asked_again)
        for n in settled.members:
            await self._publish(state, "answer_committed", member=n)
        if settled.members and not state.open(state.council.round):
            await self._publish(state, "round_closed")

    async def _settled(self, user: UserId, *, again: bool) -> tuple[rounds.Settled, Deliberation]:
        async with self._writing(user) as (conn, state):
            settled = await rounds.settle(conn, state, again=again)
            if settled.members:
                state = await store.load(conn, self._id) or state
        return settled, state

    async def _step(self, user: UserId) -> OpenRound | Wait | End:
        """One step by the rules, committed."""
        try:
            return await self._stepped(user)
        except REFUSED as error:
            log.info("council %s has spent its budget: %s", self._id, error)
            return await self._stepped(user, broke=True)

    async def _stepped(self, user: UserId, *, broke: bool = False) -> OpenRound | Wait | End:
        ids: Sequence[UUID] = ()
        status: Status = "running"
        async with self._writing(user) as (conn, state):
            step = next_step(state)
            if broke and isinstance(step, OpenRound):
                step = End("budget")
            match step:
                case OpenRound(round):
                    ids = await rounds.open_round(conn, state, round)
                case End():
                    status = await rounds.end(conn, state, step)
                    await self._services.fence.mark_pending(conn, False)
                case Wait(asleep):
                    if asleep:
                        await self._services.fence.mark_pending(conn, False)
        await self._tell_of(step, state, ids, status)
        return step

    async def _tell_of(
        self, step: OpenRound | Wait | End, state: Deliberation, ids: Sequence[UUID], to: Status
    ) -> None:
        """What follows the commit of a step; lost in a crash, others make up for it."""
        match step:
            case OpenRound(round):
                await wake(self._services, ids)
                paused: Status = "paused" if state.council.paused else "running"
                if round == 1:
                    await self._publish(state, "started", round=round, status=paused)
                await self._publish(state, "round_began", round=round, status=paused)
                if any(remark.round is None for remark in state.remarks):
                    await self._publish(state, "remark_heard", round=round, status=paused)
            case End():
                await self._publish(state, "ended", status=to)
            case Wait():
                if state.council.cancel_requested_at is not None and not step.asleep:
                    await ending.cancel(self._services, UserId(state.council.user_id), self._id)

    @asynccontextmanager
    async def _writing(self, user: UserId) -> AsyncGenerator[tuple[Connection, Deliberation]]:
        """A transaction that holds the council, and commits only while this incarnation is the newest.

        All of them take the placement first and for themselves alone: two that share it could not change it then.
        """
        async with self._services.db.as_user(user) as conn:
            await self._services.fence.mark_pending(conn, True)
            state = await store.load(conn, self._id, hold=True)
            if state is None:
                raise CouncilMissing
            yield conn, state

    @asynccontextmanager
    async def _changing(self, user: UserId) -> AsyncGenerator[tuple[Connection, Deliberation]]:
        """A person changes something, and the council looks at it."""
        async with self._writing(user) as (conn, state):
            if state.council.ended:
                raise CouncilEnded
            yield conn, state
        await self._wake_up(user)

    async def _publish(
        self,
        state: Deliberation,
        event: CouncilEvent,
        *,
        member: int | None = None,
        round: int | None = None,
        status: Status | None = None,
    ) -> None:
        told = CouncilUpdated(
            council_id=self._id,
            event=event,
            status=status or state.council.status,
            round=state.council.round if round is None else round,
            member=member,
        )
        try:
            await self._services.log.publish(council_channel(self._id), told)
        except Unavailable as error:
            log.warning("an event of council %s is lost: %s", self._id, error)

    async def _owner(self) -> UserId | None:
        if self._user is None:
            async with self._services.db.as_system() as conn:
                self._user = await store.owner(conn, self._id)
        return self._user

    async def _wake_up(self, user: UserId | None = None) -> None:
        self._user = user or self._user
        self._more = True
        self._heard.set()
        if not self._told:
            self._told = True
            await self._itself().tell(Council.advance)

    def _itself(self) -> "Ref[Council]":
        return self._services.runtime.ref(Council, str(self._id))


def _after(state: Deliberation, *, paused: bool) -> Status:
    """How a council stands once it is paused, or goes on."""
    if state.council.status == "pending":
        return "pending"
    return "paused" if paused else "running"
