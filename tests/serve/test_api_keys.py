"""Keys for programs: made by people, limited by scopes and time, revoked within seconds."""

import asyncio
import hashlib
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from cluster.ids import UserId
from cluster.services import Services
from cluster.settings import Settings
from serve import guards
from serve.accounts import keys as module
from serve.accounts.keys import KNOWN_SECONDS, ApiKeys
from serve.door import create_app
from serve.errors import BadToken
from serve.limits import Policy
from tests.serve.visitors import Visitor, assert_problem, visit

KEYS = "/api/v1/user/keys"
NEVER_BY_KEY = {
    *(("GET", KEYS), ("POST", KEYS), ("DELETE", f"{KEYS}/{{key_id}}")),
    *(("POST", "/api/v1/auth/device/lookup"), ("POST", "/api/v1/auth/device/decide")),
    *(("GET", "/api/v1/mcp/servers"), ("POST", "/api/v1/mcp/servers")),
    *((method, "/api/v1/mcp/servers/{server_id}") for method in ("PATCH", "DELETE")),
    ("POST", "/api/v1/mcp/servers/{server_id}/refresh"),
    ("GET", "/api/v1/runtime"),
    ("GET", "/api/v1/mcp/servers"),
    ("POST", "/api/v1/mcp/servers"),
    ("PATCH", "/api/v1/mcp/servers/{server_id}"),
    ("DELETE", "/api/v1/mcp/servers/{server_id}"),
    ("POST", "/api/v1/mcp/servers/{server_id}/refresh"),
}
"""What needs somebody who has signed in; all else that does is open to keys by some scope."""


async def make(ada: Visitor, *scopes: str, **fields: object) -> dict[str, Any]:
    answer = await ada.http.post(KEYS, json={"name": "a program", "scopes": scopes or ["all"], **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


@asynccontextmanager
async def program(door: FastAPI, key: str) -> AsyncGenerator[httpx.AsyncClient]:
    """Somebody with nothing but a key."""
    async with visit(door) as http:
        http.headers["Authorization"] = f"Bearer {key}"
        yield http


def owner(ada: Visitor) -> UserId:
    return UserId(UUID(ada.tokens["user"]["id"]))


async def test_a_key_is_shown_once_and_kept_as_its_hash(services: Services, ada: Visitor):
    made = await make(ada, "chat", "read")
    key = made.pop("key")
    assert len(key) == 5 + 43
    assert key.startswith(made["hint"])
    assert made["scopes"] == ["chat", "read"]
    assert (await ada.http.get(KEYS)).json() == {"keys": [made]}
    async with services.db.as_user(owner(ada)) as conn:
        row = await conn.fetchrow("select * from api_keys")
    assert row is not None
    assert row["key_hash"] == hashlib.sha256(key.encode()).digest()
    assert key not in str(dict(row))


@pytest.mark.parametrize("header", ["Authorization", "x-api-key"])
async def test_a_key_works_where_an_access_token_does(door: FastAPI, ada: Visitor, header: str):
    key = (await make(ada))["key"]
    async with visit(door) as http:
        http.headers[header] = f"Bearer {key}" if header == "Authorization" else key
        assert (await http.get("/api/v1/auth/me")).json() == ada.tokens["user"]
        assert (await http.get("/api/v1/chat/conversations")).status_code == 200
        made = await http.post("/api/v1/village/realms", json={"name": "made by a program"})
        assert made.status_code == 201


@pytest.mark.parametrize(
    ("scope", "method", "path", "status"),
    [
        ("chat", "GET", "/api/v1/chat/conversations", 200),
        ("chat", "GET", "/api/v1/files", 403),
        ("chat", "GET", "/api/v1/models", 200),
        ("files", "GET", "/api/v1/files", 200),
        ("files", "POST", "/api/v1/files/uploads", 201),
        ("files", "GET", "/api/v1/chat/conversations", 403),
        ("village", "POST", "/api/v1/village/realms", 201),
        ("tools", "POST", "/api/v1/village/realms", 403),
        ("tools", "GET", "/api/v1/tools", 200),
        ("agents", "GET", "/api/v1/user/preferences", 403),
        ("read", "GET", "/api/v1/files", 200),
        ("read", "GET", "/api/v1/user/preferences", 200),
        ("read", "POST", "/api/v1/village/realms", 403),
        ("read", "PUT", "/api/v1/user/preferences", 403),
        ("all", "PUT", "/api/v1/user/preferences", 200),
        ("all", "GET", KEYS, 403),
        ("read", "GET", KEYS, 403),
        ("all", "POST", KEYS, 403),
        ("all", "GET", "/api/v1/runtime", 403),
    ],
)
async def test_a_key_opens_what_its_scopes_say(
    door: FastAPI, ada: Visitor, scope: str, method: str, path: str, status: int
):
    bodies: dict[str, dict[str, object]] = {
        "/api/v1/village/realms": {"name": "mine"},
        "/api/v1/files/uploads": {"path": "a.txt", "size": 1},
        "/api/v1/user/preferences": {"theme": "dark"},
        KEYS: {"name": "another", "scopes": ["all"]},
    }
    async with program(door, (await make(ada, scope))["key"]) as http:
        answer = await http.request(method, path, json=bodies.get(path) if method != "GET" else None)
    assert answer.status_code == status, answer.text
    if status == 403:
        assert_problem(answer, 403, "scope-missing")


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("GET", "/api/v1/files", "this key needs the scope `files` or `read` or `all`"),
        ("POST", "/api/v1/village/realms", "this key needs the scope `village` or `all`"),
        ("PUT", "/api/v1/user/preferences", "this key needs the scope `all`"),
        ("GET", KEYS, "no key opens this; sign in"),
    ],
)
async def test_a_refusal_names_the_scope_that_is_missing(
    door: FastAPI, ada: Visitor, method: str, path: str, said: str
):
    async with program(door, (await make(ada, "chat"))["key"]) as http:
        told = assert_problem(await http.request(method, path, json={"name": "x"}), 403, "scope-missing")
    assert told["detail"] == said


def routes() -> list[tuple[str, str]]:
    def nothing() -> Any:
        raise AssertionError("only described, never opened")

    paths: dict[str, dict[str, Any]] = create_app(Settings(), nothing).openapi()["paths"]
    return [(method.upper(), path) for path, methods in paths.items() for method in methods]


async def test_every_route_says_which_area_it_is_or_is_known_to_be_closed_to_keys(door: FastAPI, ada: Visitor):
    async with program(door, (await make(ada, "all"))["key"]) as http:
        closed: set[tuple[str, str]] = set()
        for method, path in routes():
            answer = await http.request(method, re.sub(r"{\w+}", str(uuid4()), path))
            if answer.status_code == 403 and answer.json()["type"].endswith("scope-missing"):
                closed.add((method, path))
    assert closed == NEVER_BY_KEY


@pytest.mark.parametrize("key", ["apex_", "apex_short", "apex_" + "x" * 43, "apex_" + "x" * 4300, "apex_" + "ä" * 43])
async def test_what_is_no_key_opens_nothing(door: FastAPI, ada: Visitor, key: str):
    async with visit(door) as http:
        answer = await http.get("/api/v1/auth/me", headers={b"Authorization": f"Bearer {key}".encode()})
        assert_problem(answer, 401, "bad-token")
        answer = await http.get("/api/v1/auth/me", headers={"x-api-key": ada.tokens["access_token"]})
        assert_problem(answer, 401, "bad-token")


async def test_an_expired_key_opens_nothing(services: Services, door: FastAPI, ada: Visitor):
    later = datetime.now(UTC) + timedelta(hours=1)
    made = await make(ada, expires_at=later.isoformat())
    assert datetime.fromisoformat(made["expires_at"]) == later
    async with services.db.as_user(owner(ada)) as conn:
        await conn.execute("update api_keys set expires_at = now() - interval '1 second'")
    async with program(door, made["key"]) as http:
        assert_problem(await http.get("/api/v1/auth/me"), 401, "expired-token")
    past = {"name": "late", "scopes": ["all"], "expires_at": "2020-01-01T00:00:00Z"}
    assert_problem(await ada.http.post(KEYS, json=past), 422, "invalid")


async def test_a_revoked_key_opens_nothing(door: FastAPI, ada: Visitor, bob: Visitor):
    made = await make(ada)
    async with program(door, made["key"]) as http:
        assert (await http.get("/api/v1/auth/me")).status_code == 200
        assert_problem(await bob.http.delete(f"{KEYS}/{made['id']}"), 404, "key-missing")
        assert (await http.get("/api/v1/auth/me")).status_code == 200
        for _ in range(2):
            assert (await ada.http.delete(f"{KEYS}/{made['id']}")).status_code == 204
        assert_problem(await http.get("/api/v1/auth/me"), 401, "bad-token")
    assert (await ada.http.get(KEYS)).json() == {"keys": []}


async def test_another_process_feels_a_revocation_within_five_seconds(services: Services, ada: Visitor):
    clock = 0.0
    here, elsewhere = ApiKeys(services.db), ApiKeys(services.db, lambda: clock)
    made = await here.make(owner(ada), name="a program", scopes=["chat"])
    await elsewhere.read(made.key)
    await here.revoke(owner(ada), made.row.id)
    with pytest.raises(BadToken):
        await here.read(made.key)
    clock = KNOWN_SECONDS - 0.1
    assert (await elsewhere.read(made.key)).user == owner(ada)
    clock = KNOWN_SECONDS
    with pytest.raises(BadToken):
        await elsewhere.read(made.key)
    assert KNOWN_SECONDS == 5


async def test_the_use_of_a_key_is_kept_to_the_minute(services: Services, ada: Visitor):
    made = await ApiKeys(services.db).make(owner(ada), name="a program", scopes=["chat"])

    async def used(ago: str | None = None) -> timedelta | None:
        async with services.db.as_user(owner(ada)) as conn:
            if ago is not None:
                await conn.execute("update api_keys set last_used_at = now() - $1::text::interval", ago)
            before = await conn.fetchval("select last_used_at from api_keys")
        await ApiKeys(services.db).read(made.key)
        async with services.db.as_user(owner(ada)) as conn:
            after = await conn.fetchval("select last_used_at from api_keys")
        return after - before if before else None

    assert await used() is None
    assert await used() == timedelta()
    assert await used("59 seconds") == timedelta()
    later = await used("61 seconds")
    assert later is not None
    assert later >= timedelta(seconds=61)


async def test_requests_by_key_count_with_those_of_its_owner(
    door: FastAPI, ada: Visitor, monkeypatch: pytest.MonkeyPatch
):
    key = (await make(ada))["key"]
    monkeypatch.setattr(guards, "READ", Policy("of this test", 3, 3600.0))
    async with program(door, key) as http:
        for visitor in (ada.http, http, ada.http):
            assert (await visitor.get("/api/v1/auth/me")).status_code == 200
        for visitor in (ada.http, http):
            assert_problem(await visitor.get("/api/v1/auth/me"), 429, "rate-limited")


async def test_a_person_has_a_bounded_number_of_keys(ada: Visitor, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST_KEYS", 3)
    answers = await asyncio.gather(*(ada.http.post(KEYS, json={"name": "k", "scopes": ["all"]}) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 201, 409, 409, 409]


@pytest.mark.parametrize(
    "command",
    [
        {"name": "", "scopes": ["all"]},
        {"name": "  ", "scopes": ["all"]},
        {"name": "k", "scopes": []},
        {"name": "k", "scopes": ["everything"]},
        {"name": "k", "scopes": ["all"], "expires_at": "2099-01-01T00:00:00"},
        {"name": "k" * 101, "scopes": ["all"]},
        {"name": "k", "scopes": ["all"], "user_id": "44624e10-dee3-4cd8-a922-2f0332b3ddae"},
    ],
    ids=str,
)
async def test_a_key_that_cannot_be_made_is_refused(ada: Visitor, command: dict[str, object]):
    assert_problem(await ada.http.post(KEYS, json=command), 422, "invalid")


async def test_the_keys_of_one_person_are_not_in_the_list_of_another(ada: Visitor, bob: Visitor):
    await make(ada)
    assert (await bob.http.get(KEYS)).json() == {"keys": []}
