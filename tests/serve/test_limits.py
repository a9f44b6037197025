"""Rate limits: what is counted, what the answer says, and what happens when nobody can count."""

from dataclasses import replace

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from cluster.clients.redis import open_redis
from cluster.errors import Unavailable
from cluster.services import Services
from serve.accounts.tokens import digest
from serve.errors import RateLimited
from serve.limits import SIGN_IN_BY_ADDRESS, SIGN_IN_BY_PAIR, Limits, Policy
from tests.serve.visitors import PASSWORD, Visitor, assert_problem, opened, visit

LOGIN = "/api/v1/auth/login"
FEW = Policy("few", 3, 60.0)


@pytest.fixture
def limits(services: Services) -> Limits:
    return Limits(services.redis, services.settings)


async def test_a_bucket_gives_its_quota_at_once_and_then_says_how_long_to_wait(limits: Limits):
    left = [await limits.take(FEW, "ada") for _ in range(3)]
    assert [allowance.remaining for allowance in left if allowance] == [2, 1, 0]
    with pytest.raises(RateLimited) as refused:
        await limits.take(FEW, "ada")
    assert 19 < refused.value.retry_after <= 20
    assert refused.value.fields["RateLimit"] == '"few";r=0;t=60'


async def test_a_bucket_fills_again(limits: Limits):
    quick = Policy("quick", 1, 0.05)
    await limits.take(quick, "ada")
    with pytest.raises(RateLimited) as refused:
        await limits.take(quick, "ada")
    assert 0 < refused.value.retry_after <= 0.05
    while True:
        try:
            allowance = await limits.take(quick, "ada")
        except RateLimited:
            continue
        assert allowance is not None
        break


async def test_everybody_has_a_bucket_of_their_own(limits: Limits):
    for _ in range(3):
        await limits.take(FEW, "ada")
    allowance = await limits.take(FEW, "bob")
    assert allowance is not None
    assert allowance.remaining == 2


async def test_messages_have_the_quota_of_the_settings(services: Services):
    few = services.settings.model_copy(update={"messages_per_minute": 1})
    limits = Limits(services.redis, few)
    await limits.message("ada")
    with pytest.raises(RateLimited):
        await limits.message("ada")


async def test_an_answer_says_what_is_left(ada: Visitor):
    answer = await ada.http.get("/api/v1/models")
    assert answer.headers["ratelimit-policy"] == '"requests";q=1200;w=60'
    assert answer.headers["ratelimit"].startswith('"requests";r=')


async def test_guessing_a_password_is_slowed_down_with_429(door: FastAPI, ada: Visitor):
    async with visit(door, address="203.0.113.7") as http:
        for _ in range(SIGN_IN_BY_PAIR.quota):
            assert_problem(await http.post(LOGIN, json={"email": ada.email, "password": "a guess"}), 401)
        refused = await http.post(LOGIN, json={"email": ada.email, "password": PASSWORD})
    assert_problem(refused, 429, "rate-limited")
    assert 0 < int(refused.headers["retry-after"]) <= 30
    assert refused.headers["ratelimit"] == '"sign-in-email";r=0;t=300'
    assert refused.headers["ratelimit-policy"] == '"sign-in-email";q=10;w=300'


async def test_a_guesser_does_not_lock_out_who_comes_from_elsewhere(door: FastAPI, limits: Limits, ada: Visitor):
    guesser = f"{digest(ada.email).hex()}:203.0.113.7"
    await limits.take(SIGN_IN_BY_PAIR, guesser, cost=SIGN_IN_BY_PAIR.quota)
    answers: list[int] = []
    for address in ("203.0.113.7", "198.51.100.1"):
        async with visit(door, address=address) as http:
            answers.append((await http.post(LOGIN, json={"email": ada.email, "password": PASSWORD})).status_code)
    assert answers == [429, 200]


async def log_in(app: FastAPI, address: str, **headers: str) -> int:
    async with visit(app, address=address) as http:
        command = {"email": "nobody@example.com", "password": "x"}
        return (await http.post(LOGIN, json=command, headers=headers)).status_code


async def test_one_address_cannot_try_many_emails(door: FastAPI, limits: Limits):
    await limits.take(SIGN_IN_BY_ADDRESS, "203.0.113.7", cost=SIGN_IN_BY_ADDRESS.quota)
    assert await log_in(door, "203.0.113.7") == 429
    assert await log_in(door, "203.0.113.8") == 401


async def test_one_household_is_one_address_in_ipv6(door: FastAPI, limits: Limits):
    await limits.take(SIGN_IN_BY_ADDRESS, "2001:db8:0:1::", cost=SIGN_IN_BY_ADDRESS.quota)
    assert await log_in(door, "2001:db8:0:1:aaaa::1") == 429
    assert await log_in(door, "2001:db8:0:2::1") == 401


async def test_a_forged_forwarding_header_changes_nothing(door: FastAPI, limits: Limits):
    await limits.take(SIGN_IN_BY_ADDRESS, "203.0.113.7", cost=SIGN_IN_BY_ADDRESS.quota)
    forged = {"X-Forwarded-For": "198.51.100.1"}
    assert await log_in(door, "203.0.113.7", **forged) == 429


async def test_behind_our_own_proxy_the_address_is_the_one_that_it_added(services: Services, limits: Limits):
    await limits.take(SIGN_IN_BY_ADDRESS, "203.0.113.7", cost=SIGN_IN_BY_ADDRESS.quota)
    settings = services.settings.model_copy(update={"trusted_proxies": 1})
    async with opened(replace(services, settings=settings)) as app:
        same = await log_in(app, "127.0.0.1", **{"X-Forwarded-For": "198.51.100.1, 203.0.113.7"})
        other = await log_in(app, "127.0.0.1", **{"X-Forwarded-For": "203.0.113.7, 203.0.113.8"})
    assert (same, other) == (429, 401)


async def test_without_redis_reading_goes_on_and_signing_in_is_refused(services: Services):
    lost = services.settings.model_copy(update={"redis_url": SecretStr("redis://127.0.0.1:1/0")})
    async with open_redis(lost) as redis:
        limits = Limits(redis, lost)
        assert await limits.take(FEW, "ada") is None
        with pytest.raises(Unavailable):
            await limits.take(SIGN_IN_BY_PAIR, "ada")
