"""Gauges read a host while it is up, and forget it afterwards."""

import asyncio
from dataclasses import dataclass

from cluster.runtime.actor import ActorId
from cluster.runtime.seen import tell_counts
from cluster.telemetry.catalogue import ACTORS_AWAKE, MAILBOX_DEPTH


@dataclass
class One:
    actor: ActorId
    waiting: int


class Crowd:
    """Three actors that stay."""

    def awake(self) -> list[One]:
        return [One(ActorId("seen", key), int(key)) for key in ("0", "2", "3")]


async def test_a_host_is_read_until_it_has_ended():
    telling = asyncio.create_task(tell_counts(Crowd()))
    await asyncio.sleep(0)  # so that it begins
    assert (ACTORS_AWAKE.values["seen",], MAILBOX_DEPTH.values["seen",]) == (3, 5)
    telling.cancel()
    await asyncio.wait({telling})
    assert (ACTORS_AWAKE.values["seen",], MAILBOX_DEPTH.values["seen",]) == (0, 0)
