"""A conversation's live presence: makes commands durable, and runs the turns that they ask for one after another.

The conversation in the database is the truth; a session holds nothing that another could not load. Commands get through
while a turn runs; `advance` is the mailbox turn that works off what they left.
"""

import asyncio
import logging
from dataclasses import replace
from typing import ClassVar
from uuid import UUID

from actors.errors import KeyReused, MessageMissing
from actors.session import approvals, recovery
from actors.session.begin import Begun, begin, refusal
from actors.session.commands import Answer, Post, Posted, Regenerate
from actors.session.leaving import done_before_leaving
from actors.session.outbox import Outbox
from actors.session.stage import Assignment, Stage
from actors.session.stop import Stop
from actors.session.titles import give_title
from actors.session.turn import TurnRun
from actors.stores import conversations, messages, turns
from actors.stores.approvals import Approval
from actors.stores.text import storable_text
from actors.stores.turns import Acceptance, NewTurn
from cluster.errors import Busy, Unavailable
from cluster.events.log import BEGINNING
from cluster.events.names import conversation_channel, user_channel
from cluster.ids import ConversationId, MessageId, TurnId, UserId, new_id
from cluster.runtime.actor import interleaves, repeatable
from cluster.runtime.ref import Ref
from cluster.services import ActorServices
from cluster.telemetry import traces

log = logging.getLogger(__name__)
MOST_UNFINISHED = 16
"""Turns of one conversation that may wait, the running one among them."""
FIRST_PAUSE = 0.25
LONGEST_PAUSE = 2.0
"""Seconds between attempts while the database is away."""


class Session:
    """One conversation, awake."""

    kind: ClassVar[str] = "session"

    def __init__(self, key: str, services: ActorServices) -> None:
        self._conversation = ConversationId(UUID(key))
        self._services = services
        self._stage: Stage | None = None
        self._seq = BEGINNING
        self._told = False
        self._more = False
        self._in_doubt = False
        self._titling = False
        self._stops: dict[TurnId, Stop] = {}
        self._begun: Begun | None = None
        self._hurry: asyncio.Event | None = None

    async def activate(self) -> None:
        """Look where the events stand, and whether another incarnation left work behind.

        The first one of all finds none of either, only what was there before anybody was (actors/agents).
        """
        first = self._services.fence.epoch == 1
        if first:
            owner = await self._owner_of_unfinished()
        else:
            self._seq, owner = await asyncio.gather(self._last_seq(), self._owner_of_unfinished())
        if owner is not None:
            self._take_stage(owner)
            self._in_doubt = not first
            await self._wake_up()

    async def deactivate(self) -> None:
        """Publish what is left."""
        if self._stage is not None:
            await self._stage.outbox.flush()

    @interleaves
    @repeatable
    async def post(self, user: UserId, command: Post) -> Posted:
        """A person says something. Durable when this answers; the same idempotency key makes one turn.

        Raises ConversationMissing, MessageMissing, AttachmentMissing, ModelMissing, Busy, QueueFull, TooManyTurns.
        """
        options: dict[str, object] = {
            "message": storable_text(command.message),
            "root": command.root or None,
            "parent_id": None if command.root or command.parent_id is None else str(command.parent_id),
            "max_tokens": command.max_tokens,
            "thinking_tokens": command.thinking_tokens,
            "tools": command.tools,
            "agent": command.agent,
        }
        new = self._new_turn(command.idempotency_key, options, model=command.model)
        return await self._accept(user, replace(new, create=command.create, attachments=command.attachments))

    @interleaves
    @repeatable
    async def regenerate(self, user: UserId, command: Regenerate) -> Posted:
        """A person wants another answer to a message. Raises ConversationMissing, MessageMissing, Busy, QueueFull."""
        async with self._services.db.as_user(user) as conn:
            question = await messages.question(conn, self._conversation, command.message_id)
        if question is None:
            raise MessageMissing
        new = self._new_turn(command.idempotency_key, {"regenerate": True}, model=command.model, question=question)
        return await self._accept(user, new)

    @interleaves
    @repeatable
    async def stop(self, user: UserId, turn: TurnId | None = None) -> TurnId | None:
        """Stop a turn, or the one that runs. Answers which; None when there was nothing to stop."""
        async with self._services.db.as_user(user) as conn:
            found = await turns.request_stop(conn, self._conversation, turn)
            asleep = found is not None and await turns.is_waiting(conn, found)
        if found is not None:
            self._stops.setdefault(found, Stop()).ask()
            if self._hurry is not None:
                self._hurry.set()
        if asleep:  # nobody else would wake a turn that waits for a person
            async with self._services.db.as_user(user) as conn:
                await self._services.fence.mark_pending(conn, True)
            self._take_stage(user)
            await self._wake_up()
        return found

    @interleaves
    @repeatable
    async def answer(self, user: UserId, command: Answer) -> Approval:
        """A person says whether a tool may run. Raises ApprovalMissing, AlreadyAnswered, ApprovalExpired."""
        stands = False
        try:
            async with self._services.db.as_user(user) as conn:
                await self._services.fence.mark_pending(conn, True)
                answered = await approvals.answer(conn, self._conversation, command)
                listed = await conversations.get(conn, self._conversation)
                stands = True
        except Unavailable:
            if stands:  # it may have been done
                await self._work_on(user)
            raise
        stage = self._take_stage(user)
        stage.outbox.add(approvals.answered_event(answered))
        approvals.publish_listed(stage, listed)
        await self._wake_up()
        return answered

    async def advance(self) -> None:
        """Run the turns that wait, oldest first, until none is left or the host leaves. Told by the session to itself.

        What is left then stays marked as unfinished work, and the host has it taken up elsewhere.
        """
        try:
            pause = FIRST_PAUSE
            while self._stage is not None:
                leaves = self._services.departure.asked.is_set()
                more, self._more = self._more and (self._begun is not None or not leaves), False
                try:
                    await self._catch_up(self._stage)
                    await (self._run_next(self._stage) if more else self._rest(self._stage))
                    pause = FIRST_PAUSE
                except Unavailable as error:
                    log.warning("conversation %s waits for the database: %s", self._conversation, error)
                    await asyncio.sleep(pause)
                    pause = min(LONGEST_PAUSE, pause * 2)
                    self._more = self._in_doubt = True
                if not (more or self._more) or (leaves and not more):
                    break
        except BaseException:
            # Another incarnation takes over, or the host ends: from here on, every event would be one too many.
            self._in_doubt = True
            if self._stage is not None:
                await self._stage.outbox.close()
            raise
        finally:
            self._told = False

    @interleaves
    async def give_title(self, user: UserId, model: str, turn: TurnId) -> None:
        """Title the conversation. Told by the session to itself, so that no answer waits for it."""
        if self._titling:
            return
        self._titling = True
        try:
            stage = self._take_stage(user)
            if await done_before_leaving(give_title(stage, model, turn), self._services.departure):
                await stage.outbox.flush()
            else:
                await self._itself().tell(Session.give_title, user, model, turn)
        finally:
            self._titling = False

    def _new_turn(
        self, key: str, options: dict[str, object], *, model: str | None, question: MessageId | None = None
    ) -> NewTurn:
        if model is not None:
            self._services.models.card(model)
        seq = self._stage.outbox.seq if self._stage else self._seq
        kept = {**options, "model": model, "seq": seq, "trace": traces.place()}
        return NewTurn(
            id=TurnId(new_id()),
            conversation_id=self._conversation,
            idempotency_key=key,
            user_message_id=question or MessageId(new_id()),
            options={name: value for name, value in kept.items() if value is not None},
            create=False,
            parent_id=MessageId(UUID(str(parent))) if (parent := kept.get("parent_id")) else None,
            attachments=(),
            most_unfinished=MOST_UNFINISHED,
            most_of_user=self._services.settings.turns_per_user,
        )

    async def _accept(self, user: UserId, new: NewTurn) -> Posted:
        full = self._services.admission.refusal(user)
        if full is not None:  # what is durable already is answered all the same
            new = replace(new, most_unfinished=0)
        accepted = await self._make_durable(user, new, full)
        assert accepted.turn_id is not None, "what is durable is a turn"
        return Posted(
            turn_id=accepted.turn_id,
            conversation_id=self._conversation,
            message_id=accepted.user_message_id,
            seq=accepted.seq or BEGINNING,
        )

    async def _make_durable(self, user: UserId, new: NewTurn, full: Busy | None) -> Acceptance:
        """Commit a command, and begin it when nothing else runs: the model is called two milliseconds earlier."""
        stands = begins = False
        try:
            async with self._services.db.as_user(user) as conn:
                await self._services.fence.mark_pending(conn, True)
                accepted = await turns.accept(conn, new)
                if accepted.turn_id is None:
                    raise refusal(accepted, new, full)
                if accepted.conversation_id != self._conversation:
                    raise KeyReused
                stands = True
                begins = not (accepted.repeated or accepted.unfinished) and self._may_begin(user)
                self._told = self._told or begins  # until this has ended, nobody else begins what is begun here
                begun = await begin(conn, self._conversation, durably=True) if begins else None
            self._begun = self._begun or begun
        except BaseException as error:
            self._told = self._told and not begins
            if isinstance(error, Unavailable) and stands:  # it may have been done
                await self._work_on(user)
            raise
        self._told = self._told and not begins
        await self._work_on(user)
        return accepted

    def _may_begin(self, user: UserId) -> bool:
        return not (self._told or self._services.departure.asked.is_set()) and self._services.admission.at_once(user)

    async def _work_on(self, user: UserId) -> None:
        self._take_stage(user)
        await self._wake_up()

    async def _wake_up(self) -> None:
        """See to it that `advance` runs, or looks once more."""
        self._more = True
        if not self._told:
            self._told = True
            await self._itself().tell(Session.advance)

    def _itself(self) -> "Ref[Session]":
        return self._services.runtime.ref(type(self), str(self._conversation))

    def _take_stage(self, user: UserId) -> Stage:
        if self._stage is None:
            channels = conversation_channel(self._conversation), user_channel(user)
            outbox = Outbox(self._services.log, *channels, seq=self._seq)
            self._stage = Stage(
                services=self._services,
                user=user,
                conversation=self._conversation,
                outbox=outbox,
                assignment=self._assignment(user),
            )
        return self._stage

    def _assignment(self, user: UserId) -> Assignment | None:
        """What the turns of this actor keep to; nothing where a person talks with it."""
        del user
        return None

    async def _tidy(self, stage: Stage) -> None:
        """What is to be done before nobody wakes this actor any more. It may be done twice."""

    async def _over(self) -> None:
        """Nothing is left to do, and all events are out."""

    async def _last_seq(self) -> str:
        try:
            return await self._services.log.last(conversation_channel(self._conversation))
        except Unavailable as error:
            log.warning("conversation %s does not know its last event: %s", self._conversation, error)
            return BEGINNING

    async def _owner_of_unfinished(self) -> UserId | None:
        if not self._services.fence.left_work:
            return None
        async with self._services.db.as_system() as conn:
            pending, owner = await turns.pending(conn, self._conversation, self.kind)
        if owner is not None:
            return UserId(owner)
        if pending:  # the conversation was removed for good, and its turns with it
            async with self._services.db.as_nobody() as conn:
                await self._services.fence.mark_pending(conn, False)
        return None

    async def _run_next(self, stage: Stage) -> None:
        """Run the oldest unfinished turn, once the host has a place for it. One that is to stop needs none."""
        self._hurry, leave = asyncio.Event(), self._services.departure.asked
        async with self._services.admission.place(stage.user, unless=[self._hurry, leave]) as held:
            self._hurry = None
            begun, self._begun = self._begun, None
            if begun is None and not leave.is_set():
                async with stage.writing() as conn:
                    begun = await begin(conn, self._conversation)
                    if begun is not None and begun.turn.started_before:  # while it waited, nothing was pending
                        await self._services.fence.mark_pending(conn, True)
            if begun is None:
                return
            stop = self._stops.setdefault(begun.turn.id, Stop())
            if begun.turn.stop_requested_at is not None:
                stop.ask()
            if held or stop.asked or leave.is_set():
                await self._run(stage, begun, stop)
            else:  # it was a later turn that is to stop
                self._begun, self._more = begun, True

    async def _run(self, stage: Stage, begun: Begun, stop: Stop) -> None:
        turn = begun.turn
        run = TurnRun(stage=stage, turn=turn, path=begun.path, stop=stop)
        try:
            await run.run()
        finally:
            self._stops.pop(turn.id, None)
        if run.status == "completed" and turn.titled_by == "nobody":
            await self._itself().tell(Session.give_title, stage.user, run.model, turn.id)

    async def _catch_up(self, stage: Stage) -> None:
        """Publish how the last turn ended before the next one begins: it is the only one whose end may be unheard."""
        await stage.outbox.flush()
        if self._in_doubt:
            await recovery.announce_last_end(stage)
            await approvals.remind(stage)
            await stage.outbox.flush()
            self._in_doubt = False

    async def _rest(self, stage: Stage) -> None:
        """Let nobody wake this actor for its work any more, unless there is more of it. All its events are out.

        While a turn waits for the person, that is when the time for an answer is over.
        """
        await self._tidy(stage)
        async with self._services.db.as_user(stage.user) as conn:
            await self._services.fence.mark_pending(conn, False)
            left, until = await turns.left(conn, self._conversation)
            if left or until:
                await self._services.fence.mark_pending(conn, left, wake_at=until)
        if left:
            self._more = True
        else:
            self._stops.clear()
            await self._over()
