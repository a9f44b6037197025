"""A client without a door: it asks sessions through the runtime, and follows the event log itself.

For what has no door: a Ray cluster of several nodes under Ray's own fault injection.
"""

import asyncio
from uuid import UUID, uuid5

import orjson

from actors.session.commands import Post
from actors.session.session import Session
from cluster.errors import ApexError, Permanent
from cluster.events.follow import Arrived, Follower
from cluster.events.log import BEGINNING, order
from cluster.events.names import conversation_channel
from cluster.ids import ConversationId, UserId
from cluster.services import Services
from serve.conversations.detail import detail
from tests.chaos.chatter import MEND_SECONDS, Chatter
from tests.chaos.display import Json
from tests.chaos.history import History
from tests.chaos.script import Said, Script

AGAIN_SECONDS = 0.3
LIMIT = 200


class DirectClient(Chatter):
    """A gateway and its client in one."""

    def __init__(self, services: Services, history: History, script: Script) -> None:
        super().__init__(history, script)
        self._services = services
        self._user = UserId(UUID(history.user))
        self._follower = Follower(services.redis)

    async def talk(self, stop: asyncio.Event) -> None:
        """Talk until told to stop, and then until every answer is there."""
        async with asyncio.TaskGroup() as tasks:
            following = tasks.create_task(self._follow())
            try:
                await super().talk(stop)
            finally:
                following.cancel()
                await self._follower.close()

    def cut(self) -> None:
        """There is no line to cut."""

    async def _say(self, burst: list[Said]) -> None:
        for said in burst:
            conversation = uuid5(self._user, said.key) if said.begins else UUID(self._conversation)
            await self._post(said, ConversationId(conversation))
        await self._until(burst)

    async def _post(self, said: Said, conversation: ConversationId) -> None:
        ref = self._services.runtime.ref(Session, str(conversation))
        post = Post(idempotency_key=said.key, message=said.text, create=said.begins)
        while said.turn is None and said.refused is None:
            self._command(said)
            try:
                posted = await ref.ask(Session.post, self._user, post)
            except Permanent as error:
                said.refused = repr(error)
            except ApexError as error:
                said.put_off.append(f"{type(error).__name__}: {error}")
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                self._accepted(said, str(posted.turn_id), str(conversation))
                if said.begins:
                    self._enter(BEGINNING)

    def _enter(self, after: str) -> None:
        self._last = after
        self._follower.add(conversation_channel(ConversationId(UUID(self._conversation))), after)

    async def _leave(self) -> None:
        if self._conversation is not None:
            self._follower.drop(conversation_channel(ConversationId(UUID(self._conversation))))

    async def _follow(self) -> None:
        while True:
            for news in await self._follower.next():
                if self._conversation is None or self._conversation not in news.channel:
                    continue
                if isinstance(news, Arrived):
                    self._arrived(news)
                else:
                    self.history.reloads += 1
                    self._display.stale = True
            while not self._display.settled:
                try:
                    await self._mend()
                except ApexError:
                    await asyncio.sleep(MEND_SECONDS)

    def _arrived(self, news: Arrived) -> None:
        for entry in news.entries:
            event: Json = orjson.loads(entry.wire())
            if "turn_id" in event and order(entry.seq) > order(self._last):
                self._last = entry.seq
                self._take(event)

    async def _mend(self) -> None:
        """Read the state where the door would have been asked for it."""
        found = await detail(self._services, self._user, ConversationId(UUID(self._conversation)), limit=LIMIT)
        self._loaded(found.model_dump(mode="json"))
        self._enter(self._last)
