"""Lets go what is past its time in everybody's workspaces, also of those who never change anything again."""

import asyncio
import logging
import random

from cluster.clients.objects import Objects
from cluster.clients.postgres import Database
from cluster.errors import ApexError
from village.workspace.place import Place
from village.workspace.stores import due

PERIOD = 300.0
"""Seconds between two rounds, more or less: each process of the door makes its own."""
ROWS = 1000
"""Of each kind that one round looks at."""
ROUNDS = 50
"""Batches of objects that one workspace may delete before it is the next one's turn."""

log = logging.getLogger(__name__)


async def keep_sweeping(db: Database, objects: Objects) -> None:
    """Sweep until cancelled."""
    while True:
        await asyncio.sleep(PERIOD * random.uniform(0.7, 1.3))
        try:
            await sweep_all(db, objects)
        except ApexError as error:
            log.warning("workspaces are not swept for now: %s", error)


async def sweep_all(db: Database, objects: Objects) -> int:
    """One round; answers how many workspaces had something past its time. Two rounds at once do no harm."""
    async with db.as_system() as conn:
        found = await due.users(conn, limit=ROWS)
    for user in found:
        place = Place(db, objects, user)
        await place.expire()
        for _ in range(ROUNDS):
            if not await place.sweep():
                break
    return len(found)
