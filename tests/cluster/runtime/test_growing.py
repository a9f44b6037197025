"""A fleet over Ray's autoscaler: load comes, a node joins, actors land on it, load goes, the node leaves."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from cluster.settings import Settings

ROOT = Path(__file__).parents[3]
PROGRAM = "tests.cluster.runtime.growing"


async def test_a_node_joins_when_load_comes_and_leaves_when_it_goes_and_nobody_notices(settings: Settings):
    told = {
        "home": str(settings.home),
        "database_url": secret(settings.database_url),
        "redis_url": secret(settings.redis_url),
        "objects_url": settings.objects_url,
        "local_model": "off",
        "hosts": 1,
        "most_hosts": 2,
        "actors_per_host": 10,
        "lease_seconds": 6.0,
        "idle_seconds": 3.0,
        "shrink_seconds": 3.0,
    }

    report = await played(told)

    assert (report["began with"], report["grew to"], report["shrank to"]) == (1, 2, 1)
    assert report["landed elsewhere"] >= 1
    assert report["finished"] == 7
    assert report["failures"] == []
    assert report["asks"] > 50


def secret(value: Any) -> str:
    return value.get_secret_value()


async def played(told: dict[str, Any]) -> dict[str, Any]:
    """Run the program to its end."""
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", PROGRAM),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await program.communicate(json.dumps(told).encode())
    assert program.returncode == 0, err.decode()[-4000:]
    return json.loads(out.splitlines()[-1])
