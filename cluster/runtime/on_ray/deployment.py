"""Puts an instance into a Ray cluster: the hosts that carry actors, and the door under Ray Serve.

It connects as a Ray driver, so it runs in a process of its own (`cluster.embedded.apart`). What it starts outlives it.
"""

import asyncio
import importlib
import logging
from typing import Any

from ray import serve as ray_serve
from ray.serve.config import HTTPOptions

from cluster.embedded.door import address_of, wait_until_ready
from cluster.errors import Unavailable
from cluster.runtime.on_ray.driver import APPLICATION, connect
from cluster.runtime.on_ray.fleet import any_hosts, replace_hosts, start_hosts
from cluster.settings import Settings

SERVE: Any = ray_serve
BUILD = "serve.app:build"
"""What makes the door. It stands floors above, so it is found by name, as Serve finds it."""
KINDS = "actors.kinds:KINDS"
"""The classes of actors that hosts carry."""
READY_SECONDS = 120.0


def deploy(address: str, settings: Settings) -> None:
    """Start hosts and door; blocks until the door answers. Raises SettingsError or Unavailable.

    Where an instance runs in the cluster already, this upgrades it: its hosts hand over to new ones, and Serve replaces
    its replicas in turn.
    """
    connect(address)
    logging.getLogger("ray.serve").setLevel(logging.WARNING)
    asyncio.run(_deploy(settings))


async def _deploy(settings: Settings) -> None:
    bring_hosts = replace_hosts if await any_hosts() else start_hosts
    await asyncio.gather(bring_hosts(settings, _load(KINDS)), asyncio.to_thread(_open_door, settings))
    if not await asyncio.to_thread(wait_until_ready, address_of(settings), seconds=READY_SECONDS):
        raise Unavailable(f"the door does not answer /readyz within {READY_SECONDS:.0f} s; Ray's logs tell why")


def _open_door(settings: Settings) -> None:
    SERVE.start(proxy_location="EveryNode", http_options=HTTPOptions(host=settings.host, port=settings.port))
    try:
        SERVE.run(_load(BUILD)(settings), name=APPLICATION, route_prefix="/")
    except RuntimeError as error:
        raise Unavailable(f"the door does not open: {_why() or error}") from error


def _why() -> str:
    """The last words of the door's replicas: Serve itself says only that they failed."""
    application = SERVE.status().applications.get(APPLICATION)
    deployments = application.deployments.values() if application else ()
    lines = [line.strip() for deployment in deployments for line in deployment.message.splitlines() if line.strip()]
    return next((line for line in reversed(lines) if "Error" in line), lines[-1] if lines else "")


def _load(name: str) -> Any:
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)
