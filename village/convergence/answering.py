"""A person confirms or dismisses a convergence."""

from typing import Literal
from uuid import UUID

from cluster.clients.postgres import Connection
from cluster.errors import NotFound
from village.convergence import store
from village.convergence.comparing import author_key
from village.convergence.item import Convergence, Status
from village.errors import NotAWriter
from village.realms import store as realms
from village.who import Who


class ConvergenceMissing(NotFound):
    """There is no such convergence, or it lies in a realm that is not open to you."""


async def answer(conn: Connection, who: Who, id: UUID, answered: Literal["confirm", "dismiss"]) -> Convergence:
    """Say whether they do agree. Dismissed, it does not come back until another agent joins.

    For a person who may write there. Raises ConvergenceMissing, NotAWriter.
    """
    found = await store.find(conn, id)
    if found is None:
        raise ConvergenceMissing
    realm = await realms.find(conn, found.realm_id)
    if who.agent is not None or realm is None or realm.role == "reader":
        raise NotAWriter("whether minds agree, a person says who may write there")
    status: Status = "confirmed" if answered == "confirm" else "dismissed"
    await store.answer(conn, id, status, sorted({author_key(one.author) for one in found.statements}))
    after = await store.find(conn, id)
    if after is None:
        raise ConvergenceMissing
    return after
