"""A whole door on a port with Claude behind it, spoken to by the published clients."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from actors.agents.agent import Agent
from actors.councils.council import Council
from actors.session.session import Session
from cluster.services import Clients
from cluster.settings import Settings
from tests.provider.server import Provider
from tests.serve.compat.clients import Caller, calling
from tests.serve.live.house import House, house_over
from village.realm import Realm


@pytest.fixture
def settings(settings: Settings, provider: Provider) -> Settings:
    """Settings of an instance whose Claude is the loopback provider."""
    return settings.model_copy(
        update={
            "anthropic_api_key": SecretStr("any"),
            "anthropic_base_url": provider.url,
            "max_message_chars": 20_000,
            "max_body_bytes": 256 * 1024,
        }
    )


@pytest.fixture
async def house(clients: Clients) -> AsyncIterator[House]:
    async with house_over(clients, (Session, Agent, Council, Realm)) as house:
        yield house
        await house.services.models.close()


@pytest.fixture
async def ada(house: House) -> AsyncIterator[Caller]:
    async with calling(house) as caller:
        yield caller


@pytest.fixture
async def bob(house: House) -> AsyncIterator[Caller]:
    async with calling(house) as caller:
        yield caller
