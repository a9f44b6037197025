"""The attacks of `tests/sandbox/jail` once more, as users' programs reach a jail: through the pool, in Ray tasks."""

import asyncio

import pytest

from cluster.ids import UserId, new_id
from sandbox.jail.run import Run
from sandbox.pool import RayPool
from tests.sandbox.jail.attacks.attack import Attack
from tests.sandbox.jail.conftest import outside
from tests.sandbox.jail.test_attacks import ATTACKS

__all__ = ["outside"]
AT_ONCE = 2


@pytest.mark.usefixtures("ray_cluster")
@pytest.mark.timeout(400)
async def test_each_attack_is_contained_in_a_task(outside: dict[str, object]):
    pool, someone, places = RayPool(), UserId(new_id()), asyncio.Semaphore(AT_ONCE)

    async def tried(attack: Attack) -> str | None:
        run = Run(code=attack.code(outside), language=attack.language, limits=attack.limits)
        async with places:
            outcome = await pool.run(run, someone)
        return None if attack.verdict(outcome) else f"{attack.name}: {outcome}"

    assert [each for each in await asyncio.gather(*map(tried, ATTACKS)) if each] == []
