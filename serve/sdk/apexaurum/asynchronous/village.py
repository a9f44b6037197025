"""What the village knows: searching it, and adding to it."""

from collections.abc import Sequence
from datetime import datetime

from apexaurum.asynchronous.concurrency import AsyncStream
from apexaurum.asynchronous.transport import AsyncTransport
from apexaurum.decoding import decode
from apexaurum.requests import Request, get, given, post
from apexaurum.shapes.village import Hit, Knowledge, ListedKnowledge, Realm, Realms


class AsyncVillage:
    """Knowledge of all realms that you may enter."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def search(
        self,
        query: str,
        *,
        realm: str | None = None,
        agent: str | None = None,
        category: str | None = None,
        tag: str | None = None,
        limit: int = 20,
    ) -> list[Hit]:
        """What is known about something, best first, in any words."""
        params = {"realm_id": realm, "agent": agent, "category": category, "tag": tag, "limit": limit}
        page = await self._transport.ask(get("/village/knowledge", q=query, **params))
        return [decode(Hit, hit) for hit in page["hits"]]

    async def all(
        self, *, realm: str | None = None, agent: str | None = None, category: str | None = None
    ) -> AsyncStream[Knowledge]:
        """All that is known, the newest first."""
        request = get("/village/knowledge", realm_id=realm, agent=agent, category=category, limit=100)
        async for hit in self._transport.pages(Hit, request, "hits"):
            yield hit.knowledge

    async def add(
        self,
        content: str,
        *,
        realm: str | None = None,
        category: str | None = None,
        kind: str | None = None,
        confidence: float | None = None,
        tags: Sequence[str] = (),
        thread: str | None = None,
        agent: str | None = None,
        responding_to: Sequence[str] = (),
        valid_until: datetime | None = None,
        key: str | None = None,
    ) -> Knowledge:
        """Remember something, in the village of your own agents unless a realm is named."""
        said = given(
            content=content,
            realm_id=realm,
            category=category,
            kind=kind,
            confidence=confidence,
            tags=list(tags),
            thread=thread,
            agent=agent,
            responding_to=list(responding_to),
            valid_until=None if valid_until is None else valid_until.isoformat(),
        )
        return await self._transport.get(Knowledge, post("/village/knowledge", said, key=key))

    async def get(self, id: str) -> ListedKnowledge:
        """One version of something."""
        detail = await self._transport.ask(get(f"/village/knowledge/{id}"))
        return decode(ListedKnowledge, detail["knowledge"])

    async def remove(self, id: str) -> None:
        """Take it out of what is known; `restore` puts it back."""
        await self._transport.ask(Request(method="DELETE", path=f"/village/knowledge/{id}"))

    async def restore(self, id: str) -> Knowledge:
        """Put it back."""
        return await self._transport.get(Knowledge, post(f"/village/knowledge/{id}/restore"))

    async def realms(self) -> list[Realm]:
        """Where you may read or write."""
        return (await self._transport.get(Realms, get("/village/realms"))).realms
