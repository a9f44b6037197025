"""Where webhooks are handed in: in the transaction that ends the work.

So nobody is told of what was not, and no end is forgotten.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

from actors.webhooks import store
from cluster.clients.postgres import Connection
from cluster.errors import ApexError
from cluster.ids import new_id
from cluster.runtime.actor import ActorId
from cluster.runtime.kinds import WAKE
from cluster.services import Services

log = logging.getLogger(__name__)
KIND = "webhook"
Subject = Literal["agent", "swarm", "council"]
ENDS: Mapping[Subject, Callable[[Connection, Sequence[UUID]], Awaitable[Sequence[store.Ended]]]] = {
    "agent": store.ends_of_agents,
    "swarm": store.ends_of_swarms,
    "council": store.ends_of_councils,
}


async def announce(conn: Connection, subject: Subject, ids: Sequence[UUID]) -> None:
    """Have those told who want to know of the end of these. For the transaction that ends them; nothing is to be woken.

    What ends again after a retry is told once.
    """
    for ended in await ENDS[subject](conn, ids):
        body = {
            "type": f"{subject}.{ended.status}",
            "id": str(ended.id),
            "status": ended.status,
            "result": ended.result,
            "error": ended.error,
            "cost_usd": float(ended.cost_usd),
        }
        await enqueue(conn, subject, ended.id, ended.webhook, body)


async def enqueue(
    conn: Connection, subject: Subject, subject_id: UUID, webhook: Mapping[str, Any], body: Mapping[str, Any]
) -> UUID:
    """Have somebody told that this is over; answers what to `wake` once the transaction is committed.

    `webhook` is {url, secret?}; `body` is JSON. Done twice for one subject, it is told once.
    """
    id = await store.add(
        conn,
        new_id(),
        subject=subject,
        subject_id=subject_id,
        url=str(webhook["url"]),
        secret=webhook.get("secret"),
        body=dict(body),
    )
    await conn.execute(
        "insert into placements (kind, key, pending) values ($1, $2, true) on conflict do nothing", KIND, str(id)
    )
    return id


async def wake(services: Services, delivery: UUID) -> None:
    """Have it told at once. If this is lost, a sweep does it within about a second."""
    try:
        await services.runtime.post(ActorId(KIND, str(delivery)), WAKE, (), {})
    except ApexError as error:
        log.info("a sweep wakes webhook %s: %s", delivery, error)
