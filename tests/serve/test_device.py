"""A program without a browser gets a key when a person confirms its code, once, and says by RFC 8628 why not yet."""

import asyncio
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI

from cluster.services import Services
from serve.accounts import device
from serve.accounts.device import LENGTH, LETTERS, LIFE_SECONDS
from serve.limits import DEVICE_CODES, DEVICES_BY_ADDRESS
from tests.serve.visitors import Visitor, assert_problem, visit

DEVICE = "/api/v1/auth/device"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a program ask again after 50 ms."""
    monkeypatch.setattr(device, "EARLY_SECONDS", 4.95)


async def begin(http: httpx.AsyncClient, *scopes: str, name: str = "apexaurum on a server") -> dict[str, Any]:
    answer = await http.post(DEVICE, json={"name": name, "scopes": scopes or ["chat", "agents"]})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def ask(http: httpx.AsyncClient, codes: dict[str, Any]) -> httpx.Response:
    return await http.post(f"{DEVICE}/token", json={"device_code": codes["device_code"]})


async def refused(http: httpx.AsyncClient, codes: dict[str, Any]) -> str:
    """By which name the program is told that there is no key."""
    return assert_problem(await ask(http, codes), 400)["error"]


async def decide(person: Visitor, codes: dict[str, Any], *scopes: str) -> httpx.Response:
    return await person.http.post(f"{DEVICE}/decide", json={"user_code": codes["user_code"], "scopes": scopes})


async def test_a_program_gets_a_key_when_the_person_confirms(http: httpx.AsyncClient, ada: Visitor):
    codes = await begin(http, "chat", "agents")
    assert (codes["interval"], codes["expires_in"]) == (5, LIFE_SECONDS)
    assert codes["verification_uri"].endswith("/device")
    assert codes["verification_uri_complete"] == f"{codes['verification_uri']}?code={codes['user_code']}"
    assert await refused(http, codes) == "authorization_pending"
    seen = await ada.http.post(f"{DEVICE}/lookup", json={"user_code": codes["user_code"].lower().replace("-", " ")})
    assert (seen.json()["name"], seen.json()["scopes"]) == ("apexaurum on a server", ["chat", "agents"])
    assert (await decide(ada, codes, "agents")).status_code == 204
    got = (await ask(http, codes)).json()
    assert (got["token_type"], got["scope"], got["expires_in"]) == ("Bearer", "agents", 90 * 86_400)
    me = await http.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {got['access_token']}"})
    assert me.json() == ada.tokens["user"]
    listed = (await ada.http.get("/api/v1/user/keys")).json()["keys"]
    assert [{**key, "last_used_at": None} for key in listed] == [got["key"]]
    assert await refused(http, codes) == "expired_token"


async def test_a_program_that_is_refused_is_told_so_once(http: httpx.AsyncClient, ada: Visitor):
    codes = await begin(http)
    assert (await decide(ada, codes)).status_code == 204
    assert await refused(http, codes) == "access_denied"
    assert await refused(http, codes) == "expired_token"
    assert (await ada.http.get("/api/v1/user/keys")).json() == {"keys": []}


async def test_a_program_that_asks_too_often_is_slowed_down(http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(device, "EARLY_SECONDS", 0.5)
    codes = await begin(http)
    assert await refused(http, codes) == "authorization_pending"
    assert await refused(http, codes) == "slow_down"


async def test_a_confirmed_program_gets_its_key_however_often_it_has_asked(http: httpx.AsyncClient, ada: Visitor):
    codes = await begin(http)
    answers = await asyncio.gather(*(ask(http, codes) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {400}
    await decide(ada, codes, "chat")
    answers = await asyncio.gather(*(ask(http, codes) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]
    assert len((await ada.http.get("/api/v1/user/keys")).json()["keys"]) == 1


async def test_a_code_is_decided_on_once(http: httpx.AsyncClient, ada: Visitor, bob: Visitor):
    codes = await begin(http)
    answers = await asyncio.gather(decide(ada, codes, "chat"), decide(bob, codes, "chat"))
    assert sorted(answer.status_code for answer in answers) == [204, 404]
    assert_problem(await decide(bob, codes, "chat"), 404, "code-missing")
    seen = await ada.http.post(f"{DEVICE}/lookup", json={"user_code": codes["user_code"]})
    assert_problem(seen, 404, "code-missing")


async def test_nobody_is_given_more_than_was_asked_for(http: httpx.AsyncClient, ada: Visitor):
    codes = await begin(http, "chat")
    await decide(ada, codes, "chat", "all")
    assert (await ask(http, codes)).json()["scope"] == "chat"
    codes = await begin(http, "chat")
    await decide(ada, codes, "all")
    assert await refused(http, codes) == "access_denied"
    codes = await begin(http, "all")
    await decide(ada, codes, "files")
    assert (await ask(http, codes)).json()["scope"] == "files"


async def test_a_code_that_was_never_made_fetches_nothing(http: httpx.AsyncClient, ada: Visitor):
    assert await refused(http, {"device_code": "x" * 43}) == "expired_token"
    answer = await ada.http.post(f"{DEVICE}/lookup", json={"user_code": "BCDF-GHJK"})
    assert_problem(answer, 404, "code-missing")


async def test_only_somebody_who_has_signed_in_looks_and_decides(door: FastAPI, http: httpx.AsyncClient, ada: Visitor):
    codes = await begin(http)
    code = {"user_code": codes["user_code"]}
    assert_problem(await http.post(f"{DEVICE}/lookup", json=code), 401)
    assert_problem(await http.post(f"{DEVICE}/decide", json={**code, "scopes": ["chat"]}), 401)
    key = (await ada.http.post("/api/v1/user/keys", json={"name": "k", "scopes": ["all"]})).json()["key"]
    async with visit(door) as program:
        program.headers["x-api-key"] = key
        assert_problem(await program.post(f"{DEVICE}/decide", json={**code, "scopes": ["chat"]}), 403)
    assert await refused(http, codes) == "authorization_pending"


async def test_codes_are_random_expire_and_are_not_kept_in_the_clear(services: Services, http: httpx.AsyncClient):
    codes = [await begin(http) for _ in range(3)]
    letters = [code["user_code"].replace("-", "") for code in codes]
    assert len({*letters, *(code["device_code"] for code in codes)}) == 6
    assert all(len(each) == LENGTH and set(each) <= set(LETTERS) for each in letters)
    assert len(LETTERS) ** LENGTH > 2**34
    keys = cast("list[bytes]", await services.redis.keys("device:*"))  # pyright: ignore[reportUnknownMemberType]
    assert len(keys) == 6
    for key in keys:
        assert 0 < await services.redis.ttl(key) <= LIFE_SECONDS
        kept = key + cast("bytes", await services.redis.get(key))
        assert not any(each["device_code"].encode() in kept for each in codes)
        assert not any(each.encode() in kept for each in letters)


async def test_a_person_cannot_guess_codes(ada: Visitor):
    codes = [{"user_code": f"BCDF-GH{LETTERS[n % 20]}{LETTERS[n // 20]}"} for n in range(DEVICE_CODES.quota + 1)]
    answers = [await ada.http.post(f"{DEVICE}/lookup", json=code) for code in codes]
    assert [answer.status_code for answer in answers] == [404] * DEVICE_CODES.quota + [429]
    answer = await ada.http.post(f"{DEVICE}/decide", json={**codes[0], "scopes": ["chat"]})
    assert answer.status_code == 429


async def test_one_address_begins_only_so_often(door: FastAPI):
    asked = {"name": "a program", "scopes": ["chat"]}
    async with visit(door, address="203.0.113.7") as one, visit(door, address="203.0.113.8") as other:
        answers = [await one.post(DEVICE, json=asked) for _ in range(DEVICES_BY_ADDRESS.quota + 1)]
        assert [answer.status_code for answer in answers] == [200] * DEVICES_BY_ADDRESS.quota + [429]
        assert (await other.post(DEVICE, json=asked)).status_code == 200


async def test_who_confirms_sees_where_it_was_asked_from(door: FastAPI, ada: Visitor):
    async with visit(door, address="203.0.113.7") as program:
        codes = await begin(program)
    seen = await ada.http.post(f"{DEVICE}/lookup", json={"user_code": codes["user_code"]})
    assert seen.json()["address"] == "203.0.113.7"
