"""Talks with agents: answers as they are said, or whole."""

from apexaurum.assembling import Assembly
from apexaurum.asynchronous.concurrency import AsyncStream
from apexaurum.asynchronous.transport import AsyncTransport
from apexaurum.decoding import decode
from apexaurum.events import Event
from apexaurum.requests import Request, get, given, post
from apexaurum.shapes.chat import Approval, Approvals, Conversation, ConversationDetail, Message, Reply

WHOLE_SECONDS = 960.0
"""How long the server takes for a whole answer at most."""


class AsyncAnswer:
    """An answer that is on its way. Nothing is sent before it is read; read again, it is the same answer."""

    def __init__(self, transport: AsyncTransport, request: Request) -> None:
        self._transport = transport
        self._request = request
        self._assembly = Assembly()
        self._read = False
        self._reply: Reply | None = None

    @property
    def content(self) -> str:
        """What has been said so far."""
        return self._assembly.content

    async def events(self) -> AsyncStream[Event]:
        """All that happens in the turn, to its end. Connections that are lost are not seen here."""
        self._assembly = Assembly()
        async for event in self._transport.events(self._request):
            self._assembly.add(event)
            yield event
            if self._assembly.ended:
                break
        self._read = True

    async def text(self, between: str = "\n\n") -> AsyncStream[str]:
        """The words as they are said. Where the server had to say them anew, after a crash, `between` comes first."""
        async for _ in self.events():
            if self._assembly.began_again:
                yield between
            if self._assembly.words:
                yield self._assembly.words
        heard, whole = self.content, (await self.reply()).content
        if whole != heard:
            yield whole[len(heard) :] if whole.startswith(heard) else between + whole

    async def reply(self) -> Reply:
        """The whole answer. One that failed says why in `error`."""
        if self._reply is None and not self._read:
            async for _ in self.events():
                pass
        if self._reply is None:
            self._reply = self._assembly.reply or await self._whole()
        return self._reply

    async def _whole(self) -> Reply:
        """The answer as the server keeps it, where events of it are gone."""
        path, said, key = self._request.path, self._request.json, self._request.key
        return await self._transport.get(Reply, post(path, said, key=key, read_seconds=WHOLE_SECONDS))


class AsyncChat:
    """Messages and conversations."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    def say(
        self,
        message: str,
        *,
        conversation: str | None = None,
        parent: str | None = None,
        model: str | None = None,
        agent: str | None = None,
        attachments: list[str] | None = None,
        thinking_tokens: int | None = None,
        max_tokens: int | None = None,
        tools: bool = True,
        key: str | None = None,
    ) -> AsyncAnswer:
        """Send a message; without a conversation it begins one. The same `key` is the same message."""
        said = given(
            message=message,
            conversation_id=conversation,
            parent_id=parent,
            model=model,
            agent=agent,
            attachments=attachments,
            thinking_tokens=thinking_tokens,
            max_tokens=max_tokens,
            tools=tools,
        )
        return AsyncAnswer(self._transport, post("/chat/message", said, key=key))

    def regenerate(
        self, conversation: str, message: str, *, model: str | None = None, key: str | None = None
    ) -> AsyncAnswer:
        """Answer a message anew, as another branch."""
        path = f"/chat/conversations/{conversation}/regenerate"
        return AsyncAnswer(self._transport, post(path, given(message_id=message, model=model), key=key))

    async def stop(self, conversation: str, *, turn: str | None = None) -> None:
        """Stop the turn that runs. Stopping what has ended is fine."""
        await self._transport.ask(post(f"/chat/conversations/{conversation}/stop").asking(turn_id=turn))

    def conversations(self, query: str | None = None, *, tag: str | None = None) -> AsyncStream[Conversation]:
        """Your conversations, the latest first; with a query those that have the words, best first."""
        request = get("/chat/conversations", q=query, tag=tag)
        return self._transport.pages(Conversation, request, "conversations")

    async def conversation(self, id: str) -> ConversationDetail:
        """A conversation as it stands."""
        return await self._transport.get(ConversationDetail, get(f"/chat/conversations/{id}"))

    def messages(self, conversation: str) -> AsyncStream[Message]:
        """All messages of the current branch, the newest page first."""
        request = get(f"/chat/conversations/{conversation}/messages")
        return self._transport.pages(Message, request, "messages")

    async def rename(self, conversation: str, title: str) -> Conversation:
        """Give a conversation another title."""
        request = Request(method="PATCH", path=f"/chat/conversations/{conversation}", json={"title": title})
        return await self._transport.get(Conversation, request)

    async def delete(self, conversation: str) -> None:
        """Delete a conversation, and stop what runs in it."""
        await self._transport.ask(Request(method="DELETE", path=f"/chat/conversations/{conversation}"))

    async def approvals(self, conversation: str | None = None) -> list[Approval]:
        """Tools that wait for your word."""
        found = await self._transport.get(Approvals, get("/approvals", conversation_id=conversation))
        return found.approvals

    async def approve(self, approval: str, yes: bool = True, *, always: bool = False) -> Approval:
        """Say whether a tool may run; `always` makes this answer the rule for that tool."""
        answer = await self._transport.ask(post(f"/approvals/{approval}", {"approve": yes, "always": always}))
        return decode(Approval, answer)
