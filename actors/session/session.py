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
from actors.session import recovery
from actors.session.begin import Begun, begin, refusal
from actors.session.commands import Post, Posted, Regenerate
from actors.session.outbox import Outbox
from actors.session.stage import Stage
from actors.session.stop import Stop
from actors.session.titles import give_title
from actors.session.turn import TurnRun
from actors.stores import messages, turns
from actors.stores.text import storable_text
from actors.stores.turns import NewTurn
from cluster.errors import Unavailable
from cluster.events.log import BEGINNING
from cluster.events.names import conversation_channel, user_channel
from cluster.ids import ConversationId, MessageId, TurnId, UserId, new_id
from cluster.runtime.actor import interleaves, repeatable
from cluster.services import ActorServices

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
        self._taken_over = False
        self._titling = False
        self._stops: dict[TurnId, Stop] = {}
        self._begun: Begun | None = None

    async def activate(self) -> None:
        """Look where the events stand, and whether another incarnation left work behind."""
        seq, owner = await asyncio.gather(self._last_seq(), self._owner_of_unfinished())
        self._seq = seq
        if owner is not None:
            self._take_stage(owner)
            self._taken_over = True
            await self._wake_up()

    async def deactivate(self) -> None:
        """Publish what is left."""
        if self._stage is not None:
            await self._stage.outbox.flush()

    @interleaves
    @repeatable
    async def post(self, user: UserId, command: Post) -> Posted:
        """A person says something. Durable when this answers; the same idempotency key makes one turn.

        Raises ConversationMissing, MessageMissing, AttachmentMissing, QueueFull, ModelMissing.
        """
        options: dict[str, object] = {
            "message": storable_text(command.message),
            "root": command.root or None,
            "parent_id": None if command.root or command.parent_id is None else str(command.parent_id),
            "max_tokens": command.max_tokens,
            "thinking_tokens": command.thinking_tokens,
            "tools": command.tools,
        }
        new = self._new_turn(command.idempotency_key, options, model=command.model)
        return await self._accept(user, replace(new, create=command.create, attachments=command.attachments))

    @interleaves
    @repeatable
    async def regenerate(self, user: UserId, command: Regenerate) -> Posted:
        """A person wants another answer to a message. Raises ConversationMissing, MessageMissing, QueueFull."""
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
        if found is not None:
            self._stops.setdefault(found, Stop()).ask()
        return found

    async def advance(self) -> None:
        """Run the turns that wait, oldest first, until none is left. Told by the session to itself."""
        try:
            pause = FIRST_PAUSE
            while self._stage is not None:
                self._more = False
                try:
                    went_on = await self._run_next(self._stage)
                    pause = FIRST_PAUSE
                except Unavailable as error:
                    log.warning("conversation %s waits for the database: %s", self._conversation, error)
                    await asyncio.sleep(pause)
                    pause = min(LONGEST_PAUSE, pause * 2)
                    continue
                if not went_on and not self._more:
                    break
        except BaseException:
            # Another incarnation takes over, or the host ends: from here on, every event would be one too many.
            if self._stage is not None:
                await self._stage.outbox.close()
            raise
        finally:
            self._told = False

    @interleaves
    async def give_title(self, model: str, turn: TurnId) -> None:
        """Title the conversation. Told by the session to itself, so that no answer waits for it."""
        if self._stage is None or self._titling:
            return
        self._titling = True
        try:
            await give_title(self._stage, model, turn)
            await self._stage.outbox.flush()
        finally:
            self._titling = False

    def _new_turn(
        self, key: str, options: dict[str, object], *, model: str | None, question: MessageId | None = None
    ) -> NewTurn:
        if model is not None:
            self._services.models.card(model)
        kept = {**options, "model": model, "seq": self._stage.outbox.seq if self._stage else self._seq}
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
        )

    async def _accept(self, user: UserId, new: NewTurn) -> Posted:
        async with self._services.db.as_user(user) as conn:
            await self._services.fence.mark_pending(conn, True)
            accepted = await turns.accept(conn, new)
            if accepted.turn_id is None:
                raise refusal(accepted, new)
            if accepted.conversation_id != self._conversation:
                raise KeyReused
            # Nothing runs: begin in the same transaction, and the model is called two milliseconds earlier.
            at_once = not (accepted.repeated or accepted.unfinished or self._told)
            begun = await begin(conn, self._conversation, durably=True) if at_once else None
        self._begun = self._begun or begun
        self._take_stage(user)
        await self._wake_up()
        return Posted(
            turn_id=accepted.turn_id,
            conversation_id=self._conversation,
            message_id=accepted.user_message_id,
            seq=accepted.seq or BEGINNING,
        )

    async def _wake_up(self) -> None:
        """See to it that `advance` runs, or looks once more."""
        self._more = True
        if not self._told:
            self._told = True
            await self._services.runtime.ref(Session, str(self._conversation)).tell(Session.advance)

    def _take_stage(self, user: UserId) -> Stage:
        if self._stage is None:
            channels = conversation_channel(self._conversation), user_channel(user)
            outbox = Outbox(self._services.log, *channels, seq=self._seq)
            self._stage = Stage(services=self._services, user=user, conversation=self._conversation, outbox=outbox)
        return self._stage

    async def _last_seq(self) -> str:
        try:
            return await self._services.log.last(conversation_channel(self._conversation))
        except Unavailable as error:
            log.warning("conversation %s does not know its last event: %s", self._conversation, error)
            return BEGINNING

    async def _owner_of_unfinished(self) -> UserId | None:
        async with self._services.db.as_system() as conn:
            pending, owner = await turns.pending(conn, self._conversation)
        if owner is not None:
            return UserId(owner)
        if pending:  # the conversation was removed for good, and its turns with it
            async with self._services.db.as_nobody() as conn:
                await self._services.fence.mark_pending(conn, False)
        return None

    async def _run_next(self, stage: Stage) -> bool:
        """Run the oldest unfinished turn. False when there is none, and that is known to the sweep."""
        begun, self._begun = self._begun, None
        if begun is None:
            async with stage.writing() as conn:
                begun = await begin(conn, self._conversation)
        if begun is None:
            return await self._rest(stage)
        turn = begun.turn
        run = TurnRun(stage=stage, turn=turn, path=begun.path, stop=self._stops.setdefault(turn.id, Stop()))
        if turn.stop_requested_at is not None:
            run.stop.ask()
        try:
            await run.run()
        finally:
            self._stops.pop(turn.id, None)
        if run.status == "completed" and turn.titled_by == "nobody":
            ref = self._services.runtime.ref(Session, str(self._conversation))
            await ref.tell(Session.give_title, run.model, turn.id)
        return True

    async def _rest(self, stage: Stage) -> bool:
        """Let nobody wake this actor for its work any more, once all events are out. True when new work came up."""
        if self._taken_over:
            self._taken_over = False
            await recovery.announce_last_end(stage)
        await stage.outbox.flush()
        async with self._services.db.as_user(stage.user) as conn:
            await self._services.fence.mark_pending(conn, False)
            left = await turns.unfinished(conn, self._conversation)
            if left:
                await self._services.fence.mark_pending(conn, True)
        if not left:
            self._stops.clear()
        return left > 0
