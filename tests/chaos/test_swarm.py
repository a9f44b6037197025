"""A swarm of 300 on a whole instance whose hosts are killed: each item ends once, at what the provider counted."""

import asyncio
import shutil
import tempfile
import uuid
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from tests.actors.swarms.swarming import CARD, cost_of
from tests.bench.people import PASSWORD
from tests.chaos.faults import kill
from tests.chaos.parts import HOST, Inside
from tests.chaos.storm import SETTINGS
from tests.instance import Instance
from tests.provider.server import Provider, running_provider

ITEMS = 300
PARALLELISM = 60
BUDGET = {"usd": 200.0, "tokens": 400_000_000}
"""Enough for the worst case of every call that a death leaves in doubt."""
KILLED_AT = (40, 130, 220)
"""So many items have ended when hosts are killed: one, all, one."""
Json = dict[str, Any]
pytestmark = pytest.mark.timeout(300)


@asynccontextmanager
async def instance_of(provider: Provider) -> AsyncGenerator[Instance]:
    """A whole instance whose model is the provider."""
    folder = Path(tempfile.mkdtemp(prefix="chaos-", dir="/tmp"))
    try:
        async with Instance(folder / "h", settings={**SETTINGS, "ANTHROPIC_BASE_URL": provider.url}) as instance:
            yield instance
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def person_at(url: str) -> AsyncGenerator[httpx.AsyncClient]:
    """Somebody with an account."""
    async with httpx.AsyncClient(base_url=f"{url}/api/v1", timeout=30) as http:
        account = {"email": f"{uuid.uuid4().hex}@example.org", "password": PASSWORD}
        tokens = (await http.post("/auth/register", json=account)).raise_for_status().json()
        http.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        yield http


async def swarm_when(http: httpx.AsyncClient, swarm: str, condition: Callable[[Json], bool]) -> Json:
    """The swarm, once it stands like that."""
    async with asyncio.timeout(120):
        while True:
            row: Json = (await http.get(f"/swarms/{swarm}")).raise_for_status().json()
            if condition(row):
                return row
            await asyncio.sleep(0.1)


def answered(provider: Provider, n: int) -> set[Decimal]:
    """What the provider counted for whole answers to an item."""
    said = f"[[say answer {n}]]"
    return {
        cost_of(one.usage)
        for one in provider.app.requests
        if one.outcome == "complete" and said in str(one.body["messages"][-1])
    }


async def test_every_item_of_three_hundred_ends_once_while_hosts_are_killed():
    with running_provider() as provider:
        async with instance_of(provider) as instance, person_at(instance.url) as http:
            command = {
                "task": "{input}",
                "inputs": [f"[[first 0.7]][[say answer {n}]]" for n in range(ITEMS)],
                "model": CARD.id,
                "tools": "none",
                "parallelism": PARALLELISM,
                "budget": BUDGET,
            }
            swarm = (await http.post("/swarms", json=command)).raise_for_status().json()["id"]
            killed = 0
            for turn, ended in enumerate(KILLED_AT):
                await swarm_when(http, swarm, lambda row, ended=ended: row["completed"] >= ended)
                hosts = await Inside(instance).processes(HOST)
                chosen = hosts if turn == 1 else hosts[:1]
                killed += len([kill(one) for one in chosen])
            row = await swarm_when(http, swarm, lambda row: row["status"] not in ("pending", "running"))
            assert killed >= 4
            assert (row["status"], row["completed"], row["failed"]) == ("completed", ITEMS, 0), row
            items = (await http.get(f"/swarms/{swarm}/items", params={"limit": 1000})).json()["items"]
            assert [item["result"] for item in items] == [f"answer {n}" for n in range(ITEMS)]
            told = await http.get(f"/swarms/{swarm}/results", timeout=30)
            async with Inside(instance).database() as conn:
                await assert_the_books_are_right(conn, provider)
    lines = [line.removeprefix("data: ") for line in told.text.splitlines() if line.startswith("data: ")]
    events = [orjson.loads(line) for line in lines]
    assert Counter(event["item"]["n"] for event in events[:-1]) == Counter(range(ITEMS))
    assert (events[-1]["item"], events[-1]["status"]) == (None, "completed")


async def assert_the_books_are_right(conn: Any, provider: Provider) -> None:
    """One completed agent for each item, at the cost of one of the provider's whole answers; the budget holds."""
    made = await conn.fetch("select place, cost_usd from agents where status = 'completed' order by place")
    assert [agent["place"] for agent in made] == list(range(ITEMS))
    for agent in made:
        assert agent["cost_usd"] in answered(provider, agent["place"])
    items = await conn.fetchval("select sum(cost_usd) from swarm_items")
    ledger = await conn.fetchval("select sum(cost_usd) from usage_log")
    budget = await conn.fetchrow("select * from budgets where parent_id is null")
    assert items == ledger == budget["usd_spent"] > 0
    billed = cost_of(provider.app.total())
    assert budget["usd_spent"] <= billed <= budget["usd_spent"] + budget["usd_doubted"] <= budget["usd"]
    assert (budget["children"], budget["usd_held"], budget["usd_asked"]) == (0, 0, 0)
