"""Serve stops a replica of the door: its sockets are sent elsewhere at once, and not cut off when the time is over."""

import asyncio
import importlib
from typing import Any
from uuid import uuid4

import httpx
from ray.serve.config import HTTPOptions
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from cluster.settings import Settings
from serve.app import build
from tests.instance import free_port

SERVE: Any = importlib.import_module("ray.serve")


async def test_a_replica_that_serve_stops_closes_its_sockets_as_going_away(ray_cluster: None, settings: Settings):
    door = f"127.0.0.1:{free_port()}"
    port = int(door.partition(":")[2])
    await asyncio.to_thread(SERVE.start, http_options=HTTPOptions(host="127.0.0.1", port=port))
    try:
        await asyncio.to_thread(SERVE.run, build(settings), name="leaving", route_prefix="/")
        async with connect(f"ws://{door}/api/v1/ws?ticket={await _ticket(door)}") as socket:
            assert "ready" in str(await socket.recv())
            deleting = asyncio.create_task(asyncio.to_thread(SERVE.delete, "leaving"))
            try:
                async with asyncio.timeout(20):
                    await socket.recv()
            except ConnectionClosed:
                pass
            assert socket.close_code == 1001
            await deleting
    finally:
        await asyncio.to_thread(SERVE.shutdown)


async def _ticket(door: str) -> str:
    async with httpx.AsyncClient(base_url=f"http://{door}/api/v1", timeout=30) as http:
        account = {"email": f"{uuid4().hex}@example.com", "password": "correct horse battery staple"}
        tokens = (await http.post("/auth/register", json=account)).json()
        signed_in = {"Authorization": f"Bearer {tokens['access_token']}"}
        return (await http.post("/auth/ws-ticket", headers=signed_in)).json()["ticket"]
