"""Errands: they outlive those who asked for them, and there is an end to how many."""

import asyncio

import pytest

from cluster.errors import Busy
from serve.live.errands import Errands


async def test_errands_that_their_clients_have_left_still_count():
    errands, gate = Errands(most=2), asyncio.Event()
    clients = [asyncio.create_task(errands.run(gate.wait())) for _ in range(2)]
    await asyncio.sleep(0)
    for client in clients:
        client.cancel()
    await asyncio.gather(*clients, return_exceptions=True)

    with pytest.raises(Busy):
        await asyncio.wait_for(errands.run(gate.wait()), 2.0)

    gate.set()
    await errands.finish(5.0)
    assert await errands.run(gate.wait())
