"""A realm awake: orders what is written to it, and works off what each write leaves to do.

A write is durable when it answers; its vector, and what follows from that, comes off the writer's path, in batches.
What has no vector yet is found in the database, so that nothing is lost when this actor dies in between: a sweep wakes
another. Reads do not come through here; they go to PostgreSQL directly (`village/recall/`).
"""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

from cluster.clients.postgres import Connection
from cluster.errors import Invalid, Unavailable
from cluster.events.names import realm_channel
from cluster.ids import KnowledgeId, RealmId, UserId
from cluster.models.embeddings.embedder import Embedder
from cluster.runtime.actor import interleaves, repeatable
from cluster.runtime.ref import Ref
from cluster.services import ActorServices
from village.convergence.comparing import compare_next
from village.convergence.store import due
from village.errors import KnowledgeMissing, NotAWriter, Outdated, RealmMissing
from village.events import VillageEvent, VillageEventName
from village.health.merging import Keep, Merge, chosen, merge, unmerge
from village.knowledge import store
from village.knowledge.item import Change, Draft, Knowledge
from village.knowledge.portable import Portable
from village.knowledge.taking_in import TakenIn, take_in
from village.realms import store as realms
from village.recall import reads
from village.who import Who

log = logging.getLogger(__name__)
BATCH = 64
"""Texts that are embedded in one go."""
FIRST_PAUSE = 0.25
LONGEST_PAUSE = 5.0
"""Seconds between attempts while the database or the embedder is away."""


class Realm:
    """One realm, awake."""

    kind: ClassVar[str] = "realm"

    def __init__(self, key: str, services: ActorServices) -> None:
        self._realm = RealmId(UUID(key))
        self._services = services
        self._order = asyncio.Lock()
        self._folding = asyncio.Lock()
        self._told = False
        self._more = False
        self._counting = False

    async def activate(self) -> None:
        """Take up what another incarnation left."""
        if self._services.fence.left_work:
            await self._wake_up()

    @interleaves
    @repeatable
    async def add(self, who: Who, draft: Draft) -> Knowledge:
        """Remember something. Durable when this answers; the same id is one piece of knowledge.

        Raises RealmMissing, NotAWriter, Conflict, Invalid.
        """
        return (await self.add_all(who, [draft]))[0]

    @interleaves
    @repeatable
    async def add_all(self, who: Who, drafts: Sequence[Draft]) -> Sequence[Knowledge]:
        """Remember several things, all or none. Those that were there already come back as they are."""
        async with self._order:
            await self._open(who)
            async with self._services.db.as_user(who.user, who.agent) as conn:
                await self._writer(conn)
                kept: list[Knowledge] = []
                new: list[Knowledge] = []
                for draft in drafts:
                    added = await store.add(conn, self._realm, who, draft)
                    new += [added] if added is not None else []
                    known = added or await store.known(conn, self._realm, draft)
                    if known is None:
                        raise Invalid("another piece of knowledge has this id")
                    kept.append(known)
                if new:
                    await self._services.fence.mark_pending(conn, True)
        if new:
            await self._publish("knowledge_added", *new)
            await self._wake_up()
        return kept

    @interleaves
    async def revise(self, who: Who, id: KnowledgeId, change: Change) -> Knowledge:
        """A new version in place of the current one. Raises KnowledgeMissing, NotAWriter, Outdated."""
        async with self._order, self._services.db.as_user(who.user, who.agent) as conn:
            old = await self._current(conn, id)
            await self._may_change(conn, who, old)
            await self._services.fence.mark_pending(conn, True)
            revised = await store.revise(conn, old, change)
        await self._publish("knowledge_revised", revised)
        await self._wake_up()
        return revised

    @interleaves
    @repeatable
    async def remove(self, who: Who, id: KnowledgeId) -> None:
        """Take something out of what is known; `restore` puts it back. Raises KnowledgeMissing, NotAWriter."""
        async with self._order, self._services.db.as_user(who.user, who.agent) as conn:
            old = await self._current(conn, id)
            await self._may_change(conn, who, old)
            await self._services.fence.mark_pending(conn, True)
            await store.remove(conn, id)
        await self._publish("knowledge_removed", old)
        await self._wake_up()

    @interleaves
    @repeatable
    async def restore(self, who: Who, id: KnowledgeId) -> Knowledge:
        """Put something back. Raises KnowledgeMissing, NotAWriter, Outdated."""
        async with self._order, self._services.db.as_user(who.user, who.agent) as conn:
            old = await store.find(conn, id)
            if old is None or old.realm_id != self._realm:
                raise KnowledgeMissing
            if old.superseded_by is not None:
                raise Outdated
            await self._may_change(conn, who, old)
            await self._services.fence.mark_pending(conn, True)
            await store.restore(conn, id)
        await self._publish("knowledge_restored", old)
        await self._wake_up()
        return await self._read(who, id)

    @interleaves
    async def consolidate(self, who: Who, first: KnowledgeId, second: KnowledgeId, keep: Keep) -> Merge:
        """Merge two pieces that say the same; `undo` takes it back. Raises KnowledgeMissing, NotAWriter, Outdated."""
        async with self._order, self._services.db.as_user(who.user, who.agent) as conn:
            both = await self._current(conn, first), await self._current(conn, second)
            for one in both:
                await self._may_change(conn, who, one)
            await self._services.fence.mark_pending(conn, True)
            merged = await merge(conn, self._realm, who, *chosen(*both, keep))
        await self._publish("knowledge_removed", both[0] if merged.dropped == first else both[1])
        await self._publish("knowledge_revised", merged.kept)
        await self._wake_up()
        return merged

    @interleaves
    async def undo(self, who: Who, entry: UUID) -> Sequence[Knowledge]:
        """Take a merge back; answers both pieces. Raises KnowledgeMissing, NotAWriter, Outdated."""
        async with self._order, self._services.db.as_user(who.user, who.agent) as conn:
            await self._writer(conn)
            await self._services.fence.mark_pending(conn, True)
            back, restored = await unmerge(conn, self._realm, entry)
            for one in (back, restored):
                await self._may_change(conn, who, one)
        await self._publish("knowledge_revised", back)
        await self._publish("knowledge_restored", restored)
        await self._wake_up()
        return [back, restored]

    @interleaves
    @repeatable
    async def reembed(self, who: Who) -> None:
        """Move to the vectors of the model that is configured now. It answers with the old ones until all are there.

        Raises RealmMissing, NotAWriter. A realm that is written to moves by itself.
        """
        async with self._services.db.as_user(who.user, who.agent) as conn:
            if (await self._writer(conn)).role != "keeper":
                raise NotAWriter("only keepers of a realm can have it moved to another model")
            await self._services.fence.mark_pending(conn, True)
        await self._wake_up()

    @interleaves
    @repeatable
    async def count_reads(self) -> None:
        """Fold in what was read, some seconds after it was. Told by whoever noted it."""
        if not self._counting:
            self._counting = True
            try:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(reads.FOLD_SECONDS):
                        await self._services.departure.asked.wait()
                await self._fold_reads()
            finally:
                self._counting = False

    async def _fold_reads(self) -> None:
        """Fold in all that was read up to now: lineage is judged by it."""
        owner = await self._owner()
        async with self._folding:
            while owner is not None and (batch := await reads.batch(self._services.redis, self._realm)):
                async with self._services.db.as_user(owner) as conn:
                    await self._services.fence.check(conn)
                    await reads.fold(conn, self._realm, batch)
                await reads.drop(self._services.redis, self._realm, len(batch))

    @interleaves
    @repeatable
    async def take_in(self, who: Who, lines: Sequence[Portable]) -> TakenIn:
        """Import what a file holds, all or nothing; what is there stays. Raises RealmMissing, NotAWriter, Invalid."""
        async with self._order:
            await self._open(who)
            async with self._services.db.as_user(who.user) as conn:
                await self._writer(conn)
                taken = await take_in(conn, self._realm, who.user, lines)
                if taken.added:
                    await self._services.fence.mark_pending(conn, True)
        if taken.added:
            event = VillageEvent(event="realm_changed", realm_id=self._realm, data={"what": "imported"})
            await self._services.log.publish(realm_channel(self._realm), event)
            await self._wake_up()
        return taken

    async def advance(self) -> None:
        """Work off what writes left to do, until nothing is left. Told by the realm to itself."""
        pause = FIRST_PAUSE
        try:
            while self._more and not self._services.departure.asked.is_set():
                self._more = False
                try:
                    await self._work_off()
                    pause = FIRST_PAUSE
                except Unavailable as error:
                    log.warning("realm %s waits: %s", self._realm, error)
                    await asyncio.sleep(pause)
                    pause = min(LONGEST_PAUSE, pause * 2)
                    self._more = True
        finally:
            self._told = False

    async def _work_off(self) -> None:
        owner = await self._owner()
        if owner is None:  # the realm is gone, and all that was in it
            async with self._services.db.as_nobody() as conn:
                await self._services.fence.mark_pending(conn, False)
            return
        await self._fold_reads()
        while await self._embed_next(owner) or await self._compare_some(owner):
            pass
        embedder = self._services.models.embedder()
        async with self._order, self._services.db.as_user(owner) as conn:
            left = await store.without_vector(conn, self._realm, embedder.name, limit=1)
            if not left:
                await store.answer_with(conn, self._realm, embedder.name)
            left = left or await due(conn, self._realm, limit=1)
            await self._services.fence.mark_pending(conn, bool(left))
        self._more = self._more or bool(left)

    async def _embed_next(self, owner: UserId) -> bool:
        """Give vectors to some; answers whether there were any.

        A realm that moves to another model goes on answering with the one it had, so what is new gets its vector first.
        """
        wanted = self._services.models.embedder()
        async with self._services.db.as_user(owner) as conn:
            answering = await store.answering_model(conn, self._realm)
        before = None if answering in (None, wanted.name) else wanted.also(str(answering))
        return (before is not None and await self._embed_some(owner, before)) or await self._embed_some(owner, wanted)

    async def _embed_some(self, owner: UserId, embedder: Embedder) -> bool:
        """Give this model's vectors to the oldest that have none; answers whether there were any."""
        async with self._services.db.as_user(owner) as conn:
            texts = await store.without_vector(conn, self._realm, embedder.name, limit=BATCH)
        if not texts:
            return False
        vectors = await embedder.embed([text for _, text in texts])
        async with self._services.db.as_user(owner) as conn:
            await self._services.fence.check(conn)
            embedded = [(id, vector) for (id, _), vector in zip(texts, vectors, strict=True)]
            await store.keep_vectors(conn, self._realm, embedder.name, embedded)
        return True

    async def _compare_some(self, owner: UserId) -> bool:
        """Hold some of what is new against what others said; answers whether there was any."""
        for place in range(BATCH):
            async with self._services.db.as_user(owner) as conn:
                await self._services.fence.check(conn)
                compared, found = await compare_next(conn, self._realm)
            if found is not None:
                data = {"convergence_id": found.id, "convergence": found}
                event = VillageEvent(event="convergence", realm_id=self._realm, data=data)
                await self._services.log.publish(realm_channel(self._realm), event)
            if not compared:
                return place > 0
        return True

    async def _wake_up(self) -> None:
        self._more = True
        if not self._told:
            self._told = True
            await self._itself().tell(Realm.advance)

    def _itself(self) -> "Ref[Realm]":
        return self._services.runtime.ref(Realm, str(self._realm))

    async def _owner(self) -> UserId | None:
        async with self._services.db.as_system() as conn:
            return await realms.owner(conn, self._realm)

    async def _open(self, who: Who) -> None:
        """The two realms that everybody has without asking are made when they are first written to."""
        agent = who.agent
        if self._realm == realms.home_village(who.user):
            async with self._services.db.as_user(who.user) as conn:
                await realms.open_home(conn, who.user)
        elif agent is not None and self._realm == realms.private_realm(who.user, agent):
            async with self._services.db.as_user(who.user) as conn:
                await realms.open_private(conn, who.user, agent)

    async def _writer(self, conn: Connection) -> realms.Realm:
        realm = await realms.find(conn, self._realm)
        if realm is None:
            raise RealmMissing
        if realm.role == "reader":
            raise NotAWriter
        return realm

    async def _may_change(self, conn: Connection, who: Who, old: Knowledge) -> None:
        """An author changes what they said; a keeper, in person, what anybody said."""
        realm = await self._writer(conn)
        own = old.user_id == who.user and who.agent in (None, old.agent)
        if not own and not (realm.role == "keeper" and who.agent is None):
            raise NotAWriter("what others said, only they and the realm's keepers can change")

    async def _current(self, conn: Connection, id: KnowledgeId) -> Knowledge:
        found = await store.find(conn, id)
        if found is None or found.realm_id != self._realm or found.removed_at is not None:
            raise KnowledgeMissing
        if found.superseded_by is not None:
            raise Outdated
        return found

    async def _read(self, who: Who, id: KnowledgeId) -> Knowledge:
        async with self._services.db.as_user(who.user, who.agent) as conn:
            found = await store.find(conn, id)
        if found is None:
            raise KnowledgeMissing
        return found

    async def _publish(self, event: VillageEventName, *items: Knowledge) -> None:
        events = [VillageEvent(event=event, realm_id=self._realm, data={"knowledge": item}) for item in items]
        await self._services.log.publish(realm_channel(self._realm), *events)
