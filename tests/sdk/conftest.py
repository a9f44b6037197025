"""A running server, somebody with an account, and their clients."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

import httpx
import pytest

from actors.kinds import KINDS
from apexaurum import Apex, AsyncApex, Retrying
from cluster.models.catalogue import Models
from cluster.runtime.loop import LoopRuntime
from cluster.services import Clients, Services
from tests.sdk.cutting import Cutter, cutting
from tests.serve.live.house import House, house_with

PASSWORD = "correct horse battery staple"
HASTY = Retrying(attempts=10, seconds=30, first_wait=0.01, longest_wait=0.05)


@dataclass
class Account:
    """Who signs in, and where."""

    url: str
    email: str
    password: str = PASSWORD

    def apex(self, url: str | None = None) -> Apex:
        """Their client."""
        return Apex(url or self.url, email=self.email, password=self.password, retrying=HASTY)

    def async_apex(self, url: str | None = None) -> AsyncApex:
        """Their client for event loops."""
        return AsyncApex(url or self.url, email=self.email, password=self.password, retrying=HASTY)


@pytest.fixture
async def house(clients: Clients) -> AsyncIterator[House]:
    """The door on a port, with all kinds of actors behind it."""
    async with LoopRuntime.open(clients, KINDS) as runtime:
        services = Services(**vars(clients), runtime=runtime, models=Models(clients.settings, runtime))
        async with house_with(services) as house:
            yield house


@pytest.fixture
async def ada(house: House, monkeypatch: pytest.MonkeyPatch) -> Account:
    """Somebody with an account, and nothing in the environment that says so."""
    for name in ("APEXAURUM_URL", "APEXAURUM_API_KEY", "APEXAURUM_CREDENTIALS"):
        monkeypatch.delenv(name, raising=False)
    account = Account(f"http://{house.address}", f"{uuid4().hex}@example.com")
    async with httpx.AsyncClient(base_url=account.url) as http:
        said = {"email": account.email, "password": account.password}
        answer = await http.post("/api/v1/auth/register", json=said)
        assert answer.status_code == 201, answer.text
    return account


@pytest.fixture
async def apex(ada: Account) -> AsyncIterator[AsyncApex]:
    """Ada's client."""
    async with ada.async_apex() as apex:
        yield apex


@pytest.fixture
async def cutter(house: House) -> AsyncIterator[Cutter]:
    """A proxy in front of the server, which cuts nothing until it is told to."""
    host, port = house.address.split(":")
    async with cutting(host, int(port)) as cutter:
        yield cutter
