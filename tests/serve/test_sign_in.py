"""Accounts: registration, sign-in, and the life of refresh tokens."""

import asyncio
import time
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import jwt
import pytest
from fastapi import FastAPI

from cluster.ids import UserId
from cluster.services import Services
from serve.accounts.tokens import ALGORITHM, AUDIENCE, ISSUER
from tests.serve.visitors import PASSWORD, Visitor, assert_problem, opened, visit

AUTH = "/api/v1/auth"


def refresh_of(tokens: dict[str, Any]) -> dict[str, str]:
    return {"refresh_token": tokens["refresh_token"]}


async def used_long_ago(services: Services, ada: Visitor) -> None:
    """Let the seconds pass in which a token may be used twice."""
    async with services.db.as_user(UserId(UUID(ada.tokens["user"]["id"]))) as conn:
        await conn.execute("update refresh_tokens set used_at = used_at - interval '11 seconds'")


async def test_registration_signs_in(http: httpx.AsyncClient):
    command = {"email": "Ada@Example.com", "password": PASSWORD, "display_name": "Ada"}
    answer = await http.post(f"{AUTH}/register", json=command)
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    tokens = answer.json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 900)
    me = await http.get(f"{AUTH}/me", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert me.json() == tokens["user"]
    assert (me.json()["email"], me.json()["display_name"]) == ("Ada@example.com", "Ada")


async def test_an_email_has_one_account_in_whatever_case_it_is_written(http: httpx.AsyncClient, ada: Visitor):
    command = {"email": ada.email.upper(), "password": PASSWORD}
    assert_problem(await http.post(f"{AUTH}/register", json=command), 409, "email-taken")


async def test_two_registrations_of_one_email_at_once_make_one_account(http: httpx.AsyncClient):
    command = {"email": "twin@example.com", "password": PASSWORD}
    answers = await asyncio.gather(*(http.post(f"{AUTH}/register", json=command) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_login_takes_the_email_in_any_case(http: httpx.AsyncClient, ada: Visitor):
    answer = await http.post(f"{AUTH}/login", json={"email": ada.email.upper(), "password": PASSWORD})
    assert answer.status_code == 200
    assert answer.json()["user"] == ada.tokens["user"]


async def test_a_wrong_password_and_an_unknown_email_get_the_same_answer(http: httpx.AsyncClient, ada: Visitor):
    wrong = await http.post(f"{AUTH}/login", json={"email": ada.email, "password": "wrong"})
    unknown = await http.post(f"{AUTH}/login", json={"email": "nobody@example.com", "password": PASSWORD})
    assert_problem(wrong, 401, "wrong-credentials")
    assert wrong.json() == unknown.json()


async def test_the_password_is_kept_as_an_argon2id_hash(services: Services, ada: Visitor):
    async with services.db.as_user(UserId(UUID(ada.tokens["user"]["id"]))) as conn:
        kept: str = await conn.fetchval("select password_hash from users")
    assert kept.startswith("$argon2id$v=19$m=47104,t=2,p=1$")


async def test_refresh_gives_a_new_pair(ada: Visitor):
    answer = await ada.http.post(f"{AUTH}/refresh", json=refresh_of(ada.tokens))
    assert answer.status_code == 200
    renewed = answer.json()
    assert renewed["refresh_token"] != ada.tokens["refresh_token"]
    again = await ada.http.post(f"{AUTH}/refresh", json=refresh_of(renewed))
    assert again.status_code == 200


async def test_refresh_tokens_are_kept_as_hashes_only(services: Services, ada: Visitor):
    async with services.db.as_user(UserId(UUID(ada.tokens["user"]["id"]))) as conn:
        rows = await conn.fetch("select r::text as line from refresh_tokens r")
    assert len(rows) == 1
    assert ada.tokens["refresh_token"] not in rows[0]["line"]
    assert ada.tokens["refresh_token"].encode().hex() not in rows[0]["line"]


async def test_two_tabs_that_refresh_together_both_go_on(ada: Visitor):
    answers = await asyncio.gather(*(ada.http.post(f"{AUTH}/refresh", json=refresh_of(ada.tokens)) for _ in range(2)))
    assert [answer.status_code for answer in answers] == [200, 200]
    later = [await ada.http.post(f"{AUTH}/refresh", json=refresh_of(answer.json())) for answer in answers]
    assert [answer.status_code for answer in later] == [200, 200]


async def test_a_refresh_token_used_again_later_ends_the_whole_family(services: Services, ada: Visitor):
    renewed = (await ada.http.post(f"{AUTH}/refresh", json=refresh_of(ada.tokens))).json()
    await used_long_ago(services, ada)
    reused = await ada.http.post(f"{AUTH}/refresh", json=refresh_of(ada.tokens))
    assert_problem(reused, 401, "token-reused")
    assert_problem(await ada.http.post(f"{AUTH}/refresh", json=refresh_of(renewed)), 401, "signed-out")


async def test_reuse_leaves_other_sign_ins_alone(services: Services, ada: Visitor):
    other = (await ada.http.post(f"{AUTH}/login", json={"email": ada.email, "password": PASSWORD})).json()
    await ada.http.post(f"{AUTH}/refresh", json=refresh_of(ada.tokens))
    await used_long_ago(services, ada)
    await ada.http.post(f"{AUTH}/refresh", json=refresh_of(ada.tokens))
    assert (await ada.http.post(f"{AUTH}/refresh", json=refresh_of(other))).status_code == 200


async def test_logout_ends_the_family(ada: Visitor):
    renewed = (await ada.http.post(f"{AUTH}/refresh", json=refresh_of(ada.tokens))).json()
    assert (await ada.http.post(f"{AUTH}/logout", json=refresh_of(ada.tokens))).status_code == 204
    assert_problem(await ada.http.post(f"{AUTH}/refresh", json=refresh_of(renewed)), 401, "signed-out")
    assert (await ada.http.post(f"{AUTH}/logout", json=refresh_of(renewed))).status_code == 204


async def test_the_page_keeps_its_refresh_token_where_no_script_reads_it(http: httpx.AsyncClient):
    command = {"email": "page@example.com", "password": PASSWORD, "cookie": True}
    answer = await http.post(f"{AUTH}/register", json=command)
    assert answer.json()["refresh_token"] is None
    name, _, rest = answer.headers["set-cookie"].partition("=")
    assert name == "apex_refresh"
    flags = {flag.strip().lower() for flag in rest.split(";")[1:]}
    assert flags == {"httponly", "samesite=strict", "path=/api/v1/auth", "max-age=604800"}


async def test_the_cookie_is_secure_where_the_page_is(services: Services):
    secure = services.settings.model_copy(update={"public_url": "https://apex.example.org"})
    async with opened(replace(services, settings=secure)) as app, visit(app) as http:
        command = {"email": "page@example.com", "password": PASSWORD, "cookie": True}
        answer = await http.post(f"{AUTH}/register", json=command)
    assert "; secure" in answer.headers["set-cookie"].lower()
    assert answer.headers["strict-transport-security"]


async def test_the_cookie_refreshes_for_pages_of_this_server_only(http: httpx.AsyncClient):
    command = {"email": "page@example.com", "password": PASSWORD, "cookie": True}
    first = await http.post(f"{AUTH}/register", json=command)
    foreign = await http.post(f"{AUTH}/refresh", headers={"Origin": "https://evil.example"})
    assert_problem(foreign, 403, "forbidden")
    assert_problem(await http.post(f"{AUTH}/refresh"), 403, "forbidden")
    assert_problem(await http.post(f"{AUTH}/logout", headers={"Origin": "null"}), 403, "forbidden")
    own = await http.post(f"{AUTH}/refresh", headers={"Origin": "http://127.0.0.1:8000"})
    assert own.status_code == 200
    assert own.json()["refresh_token"] is None
    assert own.headers["set-cookie"] != first.headers["set-cookie"]


async def test_logout_takes_the_cookie_away(http: httpx.AsyncClient):
    command = {"email": "page@example.com", "password": PASSWORD, "cookie": True}
    await http.post(f"{AUTH}/register", json=command)
    own = {"Origin": "http://127.0.0.1:8000"}
    answer = await http.post(f"{AUTH}/logout", headers=own)
    assert answer.status_code == 204
    assert "max-age=0" in answer.headers["set-cookie"].lower()
    assert_problem(await http.post(f"{AUTH}/refresh", headers=own), 401, "sign-in-needed")


async def test_a_cookie_that_ended_is_taken_away(http: httpx.AsyncClient):
    http.cookies.set("apex_refresh", "not a token")
    answer = await http.post(f"{AUTH}/refresh", headers={"Origin": "http://127.0.0.1:8000"})
    assert_problem(answer, 401, "bad-token")
    assert "max-age=0" in answer.headers["set-cookie"].lower()


def forged(services: Services, **changes: object) -> str:
    assert services.settings.jwt_secret is not None
    now = int(time.time())
    claims: dict[str, object] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(UUID(int=1)),
        "jti": str(UUID(int=2)),
        "sid": str(UUID(int=3)),
        "type": "access",
        "iat": now,
        "exp": now + 60,
    } | changes
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, services.settings.jwt_secret.get_secret_value(), ALGORITHM)


async def test_a_token_with_all_that_it_needs_is_read(services: Services, http: httpx.AsyncClient):
    answer = await http.get("/api/v1/models", headers={"Authorization": f"Bearer {forged(services)}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"exp": 1}, "expired-token"),
        ({"type": "refresh"}, "bad-token"),
        ({"iss": "somebody else"}, "bad-token"),
        ({"aud": "something else"}, "bad-token"),
        ({"iat": 4_000_000_000}, "bad-token"),
        ({"sub": "not a uuid"}, "bad-token"),
        *(({name: None}, "bad-token") for name in ("iss", "aud", "sub", "jti", "sid", "type", "iat", "exp")),
    ],
    ids=str,
)
async def test_a_token_that_lacks_something_opens_nothing(
    services: Services, http: httpx.AsyncClient, changes: dict[str, object], code: str
):
    token = forged(services, **changes)
    answer = await http.get("/api/v1/models", headers={"Authorization": f"Bearer {token}"})
    assert_problem(answer, 401, code)
    assert answer.headers["www-authenticate"].startswith('Bearer realm="apexaurum", error="invalid_token"')


async def test_a_refresh_token_opens_no_route_and_an_access_token_refreshes_nothing(ada: Visitor):
    wrong = {"Authorization": f"Bearer {ada.tokens['refresh_token']}"}
    assert_problem(await ada.http.get(f"{AUTH}/me", headers=wrong), 401, "bad-token")
    answer = await ada.http.post(f"{AUTH}/refresh", json={"refresh_token": ada.tokens["access_token"]})
    assert_problem(answer, 401, "bad-token")


async def test_an_unsigned_token_opens_nothing(http: httpx.AsyncClient):
    token = jwt.encode({"sub": str(UUID(int=1)), "type": "access"}, "", algorithm="none")
    assert_problem(await http.get(f"{AUTH}/me", headers={"Authorization": f"Bearer {token}"}), 401, "bad-token")


async def test_without_a_token_the_answer_says_how_to_sign_in(door: FastAPI):
    async with visit(door) as http:
        answer = await http.get(f"{AUTH}/me")
    assert_problem(answer, 401, "sign-in-needed")
    assert answer.headers["www-authenticate"] == 'Bearer realm="apexaurum"'
