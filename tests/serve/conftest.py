"""The door over real services, and people who come to it."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from cluster.models.catalogue import Models
from cluster.services import Clients, Services
from tests.serve.visitors import Nobody, Visitor, opened, registered, visit


@pytest.fixture
def services(clients: Clients) -> Services:
    """Open services without actors: for what the door does itself."""
    runtime = Nobody()
    return Services(**vars(clients), runtime=runtime, models=Models(clients.settings, runtime))


@pytest.fixture
async def door(services: Services) -> AsyncIterator[FastAPI]:
    """The door, open."""
    async with opened(services) as app:
        yield app


@pytest.fixture
async def http(door: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who has not signed in."""
    async with visit(door) as client:
        yield client


@pytest.fixture
async def ada(door: FastAPI) -> AsyncIterator[Visitor]:
    """Somebody who has."""
    async with registered(door) as visitor:
        yield visitor


@pytest.fixture
async def bob(door: FastAPI) -> AsyncIterator[Visitor]:
    """Somebody else who has."""
    async with registered(door) as visitor:
        yield visitor
