# pyright: basic
"""The door under Ray Serve: the deployment `Gateway`, whose replicas each run the whole door.

`build(settings)` is for `apex up`; `serve.app:app` is for Serve's own command line and configuration files.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from ray import serve as ray_serve
from ray.serve import Application

from actors.kinds import KINDS
from cluster.heap import keep_what_started
from cluster.runtime.ray import RayRuntime
from cluster.services import Services, open_services
from cluster.settings import Settings
from serve.door import create_app

CONNECTIONS = 10_000
"""Sockets, streams and requests that one replica holds at a time; every open socket counts as one."""
POOL = 10
"""Database connections of one replica."""
DRAIN_SECONDS = 3.0
"""How long a stopping replica waits for its requests. Sockets are not waited for longer: they resume elsewhere."""

HEALTH_SECONDS = 1.0
"""How often Serve looks whether a replica lives; one that died is replaced that much later at most."""


@ray_serve.ingress()
class Gateway:
    """One replica of the door."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def __serve_build_asgi_app__(self) -> FastAPI:
        return create_app(self._settings, self._open)

    @asynccontextmanager
    async def _open(self) -> AsyncGenerator[Services]:
        async with open_services(
            self._settings, pool_size=POOL, runtime=partial(RayRuntime.open, kinds=KINDS)
        ) as opened:
            keep_what_started()
            yield opened


def build(settings: Settings) -> Application:
    """The Serve application for these settings; they travel to the replicas by value."""
    deployment = ray_serve.deployment(
        name="Gateway",
        num_replicas=settings.gateways,
        max_ongoing_requests=CONNECTIONS,
        graceful_shutdown_timeout_s=DRAIN_SECONDS,
        graceful_shutdown_wait_loop_s=0.2,
        health_check_period_s=HEALTH_SECONDS,
        ray_actor_options={"num_cpus": 0.1},
    )(Gateway)
    return deployment.bind(settings)


def app(arguments: dict[str, str]) -> Application:
    """Serve's builder: `serve run serve.app:app` with the settings of the environment."""
    return build(Settings.load())
