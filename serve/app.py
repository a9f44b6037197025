# pyright: basic
"""The door under Ray Serve: the deployment `Gateway`, whose replicas each run the whole door.

`build(settings)` is for `apex up`; `serve.app:app` is for Serve's own command line and configuration files.
"""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from ray import serve as ray_serve
from ray._private.worker import global_worker as worker
from ray.serve import Application

from actors.kinds import KINDS
from cluster.heap import keep_what_started
from cluster.runtime.on_ray.metrics import exported_metrics
from cluster.runtime.on_ray.runtime import RayRuntime
from cluster.services import Services, open_services
from cluster.settings import Settings
from cluster.telemetry import traces
from cluster.telemetry.process import start_telemetry
from serve.door import create_app

CONNECTIONS = 10_000
"""Sockets, streams and requests that one replica holds at a time; every open socket counts as one."""
MOST_QUEUED = 1_000
"""What waits in front of a replica that is full; whoever comes then gets 503 from Serve itself."""
POOL = 10
"""Database connections of one replica."""
DRAIN_SECONDS = 3.0
"""How long a stopping replica waits for its requests. Sockets are not waited for longer: they resume elsewhere."""

LOOK_SECONDS = 0.1
"""How often a replica looks whether it is to stop."""
HEALTH_SECONDS = 1.0
"""How often Serve looks whether a replica lives; one that died is replaced that much later at most."""


@ray_serve.ingress()
class Gateway:
    """One replica of the door."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        start_telemetry(settings, f"gateway/{os.getpid()}")

    def __serve_build_asgi_app__(self) -> FastAPI:
        return create_app(self._settings, self._open, told_to_stop)

    @asynccontextmanager
    async def _open(self) -> AsyncGenerator[Services]:
        runtime = partial(RayRuntime.open, kinds=KINDS)
        async with exported_metrics(), open_services(self._settings, pool_size=POOL, runtime=runtime) as opened:
            keep_what_started()
            yield opened
        await asyncio.to_thread(traces.turn_off)


async def told_to_stop() -> None:
    """Wait until Serve stops this replica.

    Serve tells a replica's code only once its last request has ended, and sockets do not end by themselves. So we look
    at the mark that Serve's own part of this process carries.
    """
    replicas = [each for each in worker.actors.values() if hasattr(each, "_replica_impl")]
    while not any(getattr(each._replica_impl, "_shutting_down", False) for each in replicas):  # noqa: ASYNC110 (it is no event)
        await asyncio.sleep(LOOK_SECONDS)


def build(settings: Settings) -> Application:
    """The Serve application for these settings; they travel to the replicas by value."""
    deployment = ray_serve.deployment(
        name="Gateway",
        num_replicas=settings.gateways,
        max_ongoing_requests=CONNECTIONS,
        max_queued_requests=MOST_QUEUED,
        graceful_shutdown_timeout_s=DRAIN_SECONDS,
        graceful_shutdown_wait_loop_s=0.2,
        health_check_period_s=HEALTH_SECONDS,
        ray_actor_options={"num_cpus": 0.1},
        logging_config={"log_level": "WARNING", "enable_access_log": False},
    )(Gateway)
    return deployment.bind(settings)


def app(arguments: dict[str, str]) -> Application:
    """Serve's builder: `serve run serve.app:app` with the settings of the environment."""
    return build(Settings.load())
