"""People who come with the clients of other protocols."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from anthropic import AsyncAnthropic
from openai import AsyncOpenAI

from cluster.ids import UserId
from tests.serve.live.house import House, Person

SONNET = "claude-sonnet-5-5"
HAIKU = "claude-haiku-4-5"
LEDGER = """select endpoint, model, sum(tokens_input)::int as input, sum(tokens_output)::int as output,
                   sum(tokens_cache_read)::int as read, sum(tokens_cache_write)::int as written, count(*) as calls
              from usage_log where endpoint = $1 group by endpoint, model"""


@dataclass
class Caller:
    """Somebody with an account, and the clients that know their key."""

    person: Person
    house: House
    claude: AsyncAnthropic
    gpt: AsyncOpenAI

    @property
    def http(self) -> httpx.AsyncClient:
        return self.person.http

    @property
    def id(self) -> UserId:
        return UserId(UUID(self.person.id))

    @property
    def token(self) -> str:
        return self.http.headers["Authorization"].removeprefix("Bearer ")

    async def ledger(self, endpoint: str) -> dict[str, Any] | None:
        """What this person's calls at an endpoint came to."""
        async with self.house.services.db.as_user(self.id) as conn:
            row = await conn.fetchrow(LEDGER, endpoint)
        return dict(row) if row else None

    async def paid(self, endpoint: str) -> dict[str, Any]:
        """The same, as soon as there is something."""
        for _ in range(1000):
            if (row := await self.ledger(endpoint)) is not None:
                return row
            await asyncio.sleep(0.01)
        raise AssertionError("nothing came into the ledger")


@asynccontextmanager
async def calling(house: House) -> AsyncGenerator[Caller]:
    """Somebody new."""
    async with house.person() as person:
        token = person.http.headers["Authorization"].removeprefix("Bearer ")
        url = f"http://{house.address}"
        async with (
            AsyncAnthropic(api_key=token, base_url=url, max_retries=0) as claude,
            AsyncOpenAI(api_key=token, base_url=f"{url}/v1", max_retries=0) as gpt,
        ):
            yield Caller(person, house, claude, gpt)
