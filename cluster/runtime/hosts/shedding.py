"""A host that stays late lets go of actors that rest: their next message wakes them where there is more time for them.

Only while another host is not late itself; else everybody would be woken twice for nothing.
"""

import asyncio
import logging

from cluster.runtime import store
from cluster.runtime.hosts.load import LAGGING, LoadMeter
from cluster.runtime.hosts.roster import Roster
from cluster.services import Services

log = logging.getLogger(__name__)
PERIOD = 2.0
SHARE = 0.25
"""Of those who rest, so many are put away each time, the longest idle first."""


async def shed(name: str, roster: Roster, meter: LoadMeter, services: Services) -> None:
    """Let go of actors whenever the host is hot, until cancelled."""
    clock = asyncio.get_running_loop().time
    while True:
        await asyncio.sleep(PERIOD)
        if meter.is_hot(clock()) and await _another_has_time(name, services):
            left = await roster.put_longest_idle_away(SHARE)
            log.warning("%s runs %.2f s late and puts %d idle actors away", name, meter.lag, left)


async def _another_has_time(name: str, services: Services) -> bool:
    try:
        async with services.db.as_nobody() as conn:
            hosts = await store.live_hosts(conn)
    except store.TROUBLE as error:
        log.warning("%s cannot look at other hosts: %s", name, error)
        return False
    return any(host.name != name and host.lag <= LAGGING and host.actors < host.capacity for host in hosts)
