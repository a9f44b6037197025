"""What the way through the system adds to an answer: time to the first token, and work for each token."""

import asyncio
import random
import statistics
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Protocol, TypeVar

import httpx
import psutil

from tests.bench import direct
from tests.bench.figures import percentile, row, say, spread
from tests.bench.memory import cpu_seconds
from tests.bench.people import Person, open_socket, person
from tests.instance import Instance

MODEL = "claude-sonnet-5-5"
CROWDS = (20, 200)
PACED = "[[speed 20]] [[count 120]]"
"""Six seconds of an answer at the pace of a large model."""
ROUNDS = {20: 5, 200: 1}
ARRIVALS = {20: 2.0, 200: 5.0}
"""Seconds over which the people of a crowd begin to speak."""
FLAT_OUT = "[[count 1500]]"


class Timed(Protocol):
    """What an answer is judged by."""

    @property
    def first_token(self) -> float: ...
    @property
    def tokens(self) -> int: ...


T = TypeVar("T", bound=Timed)


async def crowd(asks: Sequence[Callable[[], Awaitable[T]]], *, over: float) -> list[T]:
    """Everybody speaks, at moments spread over some seconds (the same ones in each run)."""
    moments = random.Random(len(asks))

    async def one(ask: Callable[[], Awaitable[T]], wait: float) -> T:
        await asyncio.sleep(wait)
        return await ask()

    return list(await asyncio.gather(*(one(ask, moments.uniform(0, over)) for ask in asks)))


async def first_token(instance: Instance, upstream: str) -> None:
    """Print the time to the first token with and without us."""
    say("Time to the first token")
    for size in CROWDS:
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=upstream, timeout=120, limits=limits) as http:
            bare: list[float] = []
            for _ in range(ROUNDS[size]):
                asks = [lambda: direct.stream(http, PACED, model=MODEL) for _ in range(size)]
                bare += [answer.first_token for answer in await crowd(asks, over=ARRIVALS[size])]
        async with AsyncExitStack() as stack:
            people = await many(stack, instance.url, size)
            asks = [lambda one=one: one.say(PACED, model=MODEL) for one in people]
            begun = await crowd(asks, over=ARRIVALS[size])
            later: list[float] = []
            for _ in range(ROUNDS[size]):
                asks = [
                    lambda one=one, first=first: one.say(PACED, model=MODEL, conversation=first.conversation)
                    for one, first in zip(people, begun, strict=True)
                ]
                later += [answer.first_token for answer in await crowd(asks, over=ARRIVALS[size])]
        row(f"{size} streams, provider alone", spread(bare))
        row(f"{size} streams, added to a first message", added([answer.first_token for answer in begun], bare))
        row(f"{size} streams, added to a later message", added(later, bare))
    say()


def added(ours: Sequence[float], bare: Sequence[float]) -> str:
    """By how much our median and tail exceed the provider's own."""
    p50 = statistics.median(ours) - statistics.median(bare)
    p99 = percentile(ours, 0.99) - percentile(bare, 0.99)
    return f"p50 {p50 * 1000:7.1f} ms   p99 {p99 * 1000:7.1f} ms"


async def relayed(instance: Instance, bare: tuple[str, int]) -> None:
    """Print tokens for each second of processor time, beside the bare relay's."""
    say("Relay, flat out")
    address, pid = bare
    for size in CROWDS:
        async with httpx.AsyncClient(base_url=address, timeout=300, limits=httpx.Limits(max_connections=None)) as http:
            asks = [lambda: direct.stream(http, FLAT_OUT, model=MODEL) for _ in range(size)]
            theirs = await per_cpu_second(asks, lambda: [psutil.Process(pid)])
        async with AsyncExitStack() as stack:
            people = await many(stack, instance.url, size)
            ours = await per_cpu_second(
                [lambda one=one: one.say(FLAT_OUT, model=MODEL) for one in people], instance.family
            )
        row(f"{size} streams, bare relay", f"{theirs:9.0f} tokens per CPU second")
        row(f"{size} streams, ApexAurum (all its processes)", f"{ours:9.0f} tokens per CPU second")
        row(f"{size} streams, ratio", f"{ours / theirs:9.2f}")
    say()


async def per_cpu_second(
    asks: Sequence[Callable[[], Awaitable[Timed]]], processes: Callable[[], Sequence[psutil.Process]]
) -> float:
    """Tokens that came, by the processor time that the processes used for it."""
    watched = processes()
    before = cpu_seconds(watched)
    answers = await crowd(asks, over=0.5)
    return sum(answer.tokens for answer in answers) / (cpu_seconds(watched) - before)


async def many(stack: AsyncExitStack, url: str, size: int) -> list[Person]:
    """As many open sockets, all of one user."""
    someone = await stack.enter_async_context(person(url))
    sockets = [await stack.enter_async_context(open_socket(url, someone.http)) for _ in range(size)]
    return [replace(someone, socket=socket) for socket in sockets]
