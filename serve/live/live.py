"""What a gateway process keeps running for all its clients: the tail, and the errands that outlive them."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from cluster.services import Services
from serve.guards import inline
from serve.limits import Limits
from serve.live.commands import Commands
from serve.live.errands import Errands
from serve.live.tail import Tail

log = logging.getLogger(__name__)
LAST_SECONDS = 5.0
"""How long errands may go on when the process ends."""


@dataclass(frozen=True)
class Live:
    """The running parts."""

    services: Services
    limits: Limits
    tail: Tail
    commands: Commands
    errands: Errands
    tailing: "asyncio.Task[None]"
    leaving: asyncio.Event
    """Set when this process is to end: whoever is connected goes on at another one."""

    @property
    def healthy(self) -> bool:
        """Whether events still reach clients."""
        return not self.tailing.done()


@asynccontextmanager
async def open_live(services: Services, limits: Limits) -> AsyncGenerator[Live]:
    """Start the parts, and stop them again. Belongs into the app's lifespan; the app keeps it as `app.state.live`."""
    errands = Errands()
    async with Tail.open(services.log, services.redis) as tail:
        tailing = asyncio.create_task(tail.run(), name="tail")
        tailing.add_done_callback(_report)
        try:
            yield Live(services, limits, tail, Commands(services, errands), errands, tailing, asyncio.Event())
        finally:
            await errands.finish(LAST_SECONDS)
            tailing.cancel()
            await asyncio.gather(tailing, return_exceptions=True)


def live_of(conn: HTTPConnection) -> Live:
    """The running parts of this process."""
    return cast("Live", conn.app.state.live)


TheLive = Annotated[Live, Depends(inline(live_of))]


def _report(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("the tail of the event log has ended; this gateway is not ready any more", exc_info=error)
