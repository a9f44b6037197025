"""Who has read what: kept in Redis as it is read, and folded into the database in batches by the realm's actor.

So reading costs no write to the database, and what was read is not lost with the host that noted it. A batch is removed
once it is committed: should that be cut off, its reads are counted twice, and none is missed.
"""

import logging
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from redis.exceptions import RedisError

from cluster.clients.postgres import Connection
from cluster.ids import RealmId, UserId
from village.knowledge.item import Knowledge
from village.who import Who

if TYPE_CHECKING:
    from redis.asyncio import Redis

log = logging.getLogger(__name__)
FOLD_SECONDS = 2.0
"""How long reads are gathered before they are folded in."""
TOLD_SECONDS = 10
"""How long it is taken for granted that a realm which was told of reads folds them in."""
KEPT_SECONDS = 7 * 24 * 3600
BATCH = 500
LOST = (RedisError, TimeoutError, OSError)


@dataclass(frozen=True, slots=True)
class Reading:
    """What somebody read at once."""

    user: UserId
    agent: str
    at: datetime
    ids: Sequence[UUID]


async def keep(redis: "Redis", who: Who, shown: Iterable[Knowledge]) -> Sequence[RealmId]:
    """Keep that these were read; answers the realms that are to be told. While Redis is away nothing is kept."""
    by_realm: dict[RealmId, list[str]] = {}
    for one in shown:
        by_realm.setdefault(one.realm_id, []).append(str(one.id))
    if not by_realm:
        return []
    pipe: Any = redis.pipeline(transaction=False)
    for realm, ids in by_realm.items():
        pipe.rpush(_key(realm), orjson.dumps([str(who.user), who.agent or "", time.time(), ids]))
        pipe.expire(_key(realm), KEPT_SECONDS)
        pipe.set(f"{_key(realm)}:told", b"1", nx=True, ex=TOLD_SECONDS)
    try:
        answers = await pipe.execute()
    except LOST as error:
        log.warning("what was read is not counted: %s", error)
        return []
    return [realm for realm, told in zip(by_realm, answers[2::3], strict=True) if told]


async def batch(redis: "Redis", realm: RealmId) -> Sequence[Reading]:
    """The oldest reads of a realm that are not folded in; none while Redis is away."""
    untyped: Any = redis
    try:
        entries: list[bytes] = await untyped.lrange(_key(realm), 0, BATCH - 1)
    except LOST as error:
        log.warning("reads of realm %s wait: %s", realm, error)
        return []
    return [_reading(entry) for entry in entries]


async def drop(redis: "Redis", realm: RealmId, count: int) -> None:
    """Forget the oldest reads of a realm: they are folded in. Whoever reads from now on tells the realm again."""
    pipe: Any = redis.pipeline(transaction=False)
    pipe.ltrim(_key(realm), count, -1)
    pipe.delete(f"{_key(realm)}:told")
    try:
        await pipe.execute()
    except LOST as error:
        log.warning("reads of realm %s may be counted twice: %s", realm, error)


async def fold(conn: Connection, realm: RealmId, readings: Sequence[Reading]) -> None:
    """Count reads, and keep who read what first when. In person, as a keeper of the realm."""
    first: dict[tuple[UUID, UserId, str], datetime] = {}
    last: dict[UUID, datetime] = {}
    counts: Counter[UUID] = Counter()
    for reading in readings:
        for id in reading.ids:
            counts[id] += 1
            last[id] = max(reading.at, last.get(id, reading.at))
            key = (id, reading.user, reading.agent)
            first[key] = min(reading.at, first.get(key, reading.at))
    await conn.execute(
        """update knowledge k
              set access_count = k.access_count + given.count,
                  last_accessed_at = greatest(k.last_accessed_at, given.at)
             from unnest($2::uuid[], $3::integer[], $4::timestamptz[]) as given (id, count, at)
            where k.id = given.id and k.realm_id = $1""",
        realm, list(counts), list(counts.values()), [last[id] for id in counts],
    )  # fmt: skip
    await conn.execute(
        "select keep_reads($1, $2, $3, $4, $5)",
        realm, [key[0] for key in first], [key[1] for key in first], [key[2] for key in first], list(first.values()),
    )  # fmt: skip


def _reading(entry: bytes) -> Reading:
    user, agent, at, ids = orjson.loads(entry)
    return Reading(UserId(UUID(user)), agent, datetime.fromtimestamp(at, UTC), [UUID(id) for id in ids])


def _key(realm: RealmId) -> str:
    return f"village:reads:{realm}"
