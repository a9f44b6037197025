"""Hashing is bounded, leaves the event loop free, and takes as long for an email that nobody has."""

import asyncio
import threading
import time

import pytest
from argon2 import PasswordHasher

from cluster.errors import Busy
from serve.accounts.passwords import AT_ONCE, WAITING, Passwords

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Watched(PasswordHasher):
    """Counts how many hashes are computed at the same time, each as long as it is told to."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.lock = threading.Lock()
        self.go_on = threading.Event()
        self.now = 0
        self.most = 0

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.go_on.wait(10)
        with self.lock:
            self.now -= 1
        return super().hash(password, salt=salt)


async def test_a_password_is_known_again_and_another_is_not():
    passwords = Passwords(QUICK)
    known = await passwords.hash("secret")
    assert await passwords.verify(known, "secret")
    assert not await passwords.verify(known, "Secret")
    assert not await passwords.verify("no hash at all", "secret")


async def test_the_stand_in_for_nobody_lets_nobody_in():
    passwords = Passwords(QUICK)
    assert not await passwords.verify(None, "nobody has this password")


async def test_a_few_hashes_run_some_wait_and_the_rest_are_told_to_come_back():
    watched = Watched()
    passwords = Passwords(watched)
    tasks = [asyncio.create_task(passwords.hash("x")) for _ in range(AT_ONCE + WAITING + 5)]
    refused, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    watched.go_on.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(task.exception()) for task in refused} == {Busy}
    assert sum(isinstance(answer, Busy) for answer in answers) == 5
    assert watched.most <= AT_ONCE


async def test_the_event_loop_goes_on_while_a_password_is_checked():
    passwords = Passwords()
    working = asyncio.create_task(passwords.verify(None, "secret"))
    turns = 0
    while not working.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 100


async def test_an_unknown_email_costs_what_a_wrong_password_costs():
    passwords = Passwords()
    known = await passwords.hash("secret")
    await passwords.verify(None, "warm up")
    spent: dict[str | None, list[float]] = {known: [], None: []}
    for _ in range(5):
        for hashed, times in spent.items():
            began = time.perf_counter()
            await passwords.verify(hashed, "wrong")
            times.append(time.perf_counter() - began)
    assert min(spent[None]) == pytest.approx(min(spent[known]), rel=0.5)


async def test_a_hash_with_yesterdays_parameters_is_outdated():
    passwords = Passwords()
    assert passwords.outdated(QUICK.hash("secret"))
    assert not passwords.outdated(await passwords.hash("secret"))
