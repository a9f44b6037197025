"""The short subset of `make chaos`: one and a half minutes of every kind of fault, and the loss of a node."""

import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE

import pytest

from tests.chaos import report
from tests.chaos.plan import plan
from tests.chaos.storm import storm

SEED = 20
"""Of the faults and of what is said. When what happens is still a little different in each run."""
pytestmark = pytest.mark.timeout(400)


async def test_nothing_is_lost_or_doubled_while_everything_breaks():
    found = await storm(plan(SEED, seconds=75, every=1.8), seed=SEED, clients=12)
    told = "\n".join(report.lines(found))
    assert report.sound(found), told
    assert len(found.injected) >= 30, told
    assert found.recovered > 0, told


async def test_nothing_is_lost_or_doubled_when_nodes_die_and_ray_loses_calls():
    words = ("-m", "tests.chaos.nodes", "--seed", str(SEED), "--seconds", "12")
    process = await create_subprocess_exec(sys.executable, *words, stdout=PIPE, stderr=PIPE)
    told, complaints = await process.communicate()
    assert process.returncode == 0, told.decode() + complaints.decode()[-2000:]
