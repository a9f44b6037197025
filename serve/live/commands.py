"""Hands people's commands to sessions, whichever door they came through. A command is done when it is durable."""

from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from actors.agents.agent import Agent
from actors.errors import ApprovalMissing
from actors.session.commands import Answer, Post, Posted, Regenerate
from actors.session.session import Session
from actors.stores import approvals, conversations
from actors.stores.approvals import Approval
from cluster.errors import Invalid, TooLarge
from cluster.ids import AttachmentId, ConversationId, MessageId, TurnId, UserId, agent_name
from cluster.telemetry import traces
from serve import wire
from serve.live.errands import Errands
from village.agents import store as agents

if TYPE_CHECKING:
    from cluster.runtime.ref import Ref
    from cluster.services import Services


def conversation_of(
    user: UserId, key: str, command: wire.SendMessage, home: ConversationId | None = None
) -> ConversationId:
    """The conversation of a message. A new one's id follows from the key, so that a resent message finds it."""
    return ConversationId(command.conversation_id or home or uuid5(user, key))


class Commands:
    """The way from the door to a session."""

    def __init__(self, services: "Services", errands: Errands) -> None:
        self._services = services
        self._errands = errands

    async def send(
        self, user: UserId, key: str, command: wire.SendMessage, *, home: ConversationId | None = None
    ) -> Posted:
        """A message, by its idempotency key. Raises NotFound, Invalid, TooLarge, Conflict or Busy.

        `home` is where a message without a conversation goes: it begins one of this id, unless it is there already.
        """
        conversation = conversation_of(user, key, command, home)
        self._check(key, command)
        post = Post(
            idempotency_key=key,
            message=command.message,
            create=command.conversation_id is None,
            parent_id=None if command.parent_id is None or command.root else MessageId(command.parent_id),
            root=command.root,
            model=command.model,
            agent=await self._agent(user, command.agent),
            thinking_tokens=command.thinking_tokens,
            max_tokens=command.max_tokens,
            attachments=tuple(AttachmentId(id) for id in command.attachments),
            tools=command.tools,
        )
        with traces.span("command", attributes={"gen_ai.conversation.id": str(conversation)}):
            return await self._errands.run(self._session(conversation).ask(Session.post, user, post))

    async def regenerate(
        self, user: UserId, key: str, conversation: ConversationId, command: wire.Regenerate
    ) -> Posted:
        """Another answer. Raises NotFound, Invalid or Busy."""
        self._check_model(command.model)
        wanted = Regenerate(idempotency_key=_sound(key), message_id=MessageId(command.message_id), model=command.model)
        with traces.span("command", attributes={"gen_ai.conversation.id": str(conversation)}):
            return await self._errands.run(self._session(conversation).ask(Session.regenerate, user, wanted))

    async def stop(self, user: UserId, conversation: ConversationId, turn: TurnId | None) -> bool:
        """Stop a turn, or the one that runs; answers whether there was one. Raises NotFound."""
        session = await self._whoever_works(user, conversation)
        return await self._errands.run(session.ask(Session.stop, user, turn)) is not None

    async def answer(self, user: UserId, key: str, approval: UUID, command: wire.AnswerApproval) -> Approval:
        """Whether a tool may run, by the answer's idempotency key. Raises NotFound or Conflict."""
        async with self._services.db.as_user(user) as conn:
            found = await approvals.find(conn, approval)
        if found is None:
            raise ApprovalMissing
        said = Answer(key=_sound(key), approval_id=approval, approve=command.approve, always=command.always)
        session = await self._whoever_works(user, found[0].conversation_id)
        return await self._errands.run(session.ask(Session.answer, user, said))

    async def _agent(self, user: UserId, name: str | None) -> str | None:
        """The agent of this name. Raises Invalid when the user has none."""
        if name is None:
            return None
        agent = agent_name(name)
        async with self._services.db.as_user(user) as conn:
            if await agents.find(conn, agent) is None:
                raise Invalid(f"you have no agent called {agent}")
        return agent

    async def _whoever_works(self, user: UserId, conversation: ConversationId) -> "Ref[Session]":
        """The session of a conversation, or the agent whose work it is."""
        async with self._services.db.as_user(user) as conn:
            kind = await conversations.kind(conn, conversation)
        return self._services.runtime.ref(Agent if kind == Agent.kind else Session, str(conversation))

    def _session(self, conversation: ConversationId) -> "Ref[Session]":
        return self._services.runtime.ref(Session, str(conversation))

    def _check(self, key: str, command: wire.SendMessage) -> None:
        _sound(key)
        limit = self._services.settings.max_message_chars
        if len(command.message) > limit:
            raise TooLarge(f"a message has at most {limit} characters")
        if not _sound(command.message).strip() and not command.attachments:
            raise Invalid("the message is empty")
        self._check_model(command.model)

    def _check_model(self, model: str | None) -> None:
        if model is not None:
            self._services.models.card(model)


def _sound(text: str) -> str:
    """The text, if it can be stored. Raises Invalid."""
    if "\0" in text:
        raise Invalid("text cannot contain the character U+0000")
    return text
