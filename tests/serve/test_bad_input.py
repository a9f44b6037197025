"""Whatever is sent to the door, the answer is a problem that says what is wrong, and nothing of our insides."""

import asyncio
import logging
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, UploadFile

from serve.errors import Incidents
from tests.serve.visitors import PASSWORD, Visitor, assert_problem, visit

LOGIN = "/api/v1/auth/login"


async def test_an_unknown_field_is_named(http: httpx.AsyncClient):
    answer = await http.post(LOGIN, json={"email": "a@example.com", "password": PASSWORD, "admin": True})
    told = assert_problem(answer, 422, "invalid")
    assert told["errors"] == [
        {"where": ["body", "admin"], "what": "Extra inputs are not permitted", "code": "extra_forbidden"}
    ]


async def test_what_is_wrong_is_told_without_the_secret_that_was_sent(http: httpx.AsyncClient):
    answer = await http.post("/api/v1/auth/register", json={"email": "a@example.com", "password": "hunter2"})
    assert_problem(answer, 422, "invalid")
    assert "hunter2" not in answer.text


@pytest.mark.parametrize(
    ("body", "code"),
    [(b'{"email": ', "malformed-json"), (b"\xff\xfe\x00", "unreadable"), (b'{"email": "\xc3\x28"}', "unreadable")],
    ids=["cut", "not UTF-8", "bad UTF-8 in a text"],
)
async def test_a_body_that_cannot_be_read_is_400(http: httpx.AsyncClient, body: bytes, code: str):
    answer = await http.post(LOGIN, content=body, headers={"Content-Type": "application/json"})
    assert_problem(answer, 400, code)


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800", "x" * 101], ids=["U+0000", "lone surrogate", "too long"])
async def test_a_text_that_cannot_be_kept_is_422(ada: Visitor, text: str):
    body = f'{{"display_name": "{text}"}}'.encode()
    answer = await ada.http.put("/api/v1/user/profile", content=body, headers={"Content-Type": "application/json"})
    assert_problem(answer, 422, "invalid")


async def test_a_zero_inside_json_is_422(ada: Visitor):
    assert_problem(await ada.http.put("/api/v1/user/preferences", json={"instructions": "a\0b"}), 422, "invalid")


async def test_a_body_of_another_kind_is_422(http: httpx.AsyncClient):
    assert_problem(await http.post(LOGIN, content=b"email=a", headers={"Content-Type": "text/plain"}), 422)


async def test_deep_nesting_is_refused_politely(http: httpx.AsyncClient):
    body = b"[" * 100_000 + b"]" * 100_000
    answer = await http.post(LOGIN, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert_problem(answer, answer.status_code)


async def test_an_unknown_address_is_404(http: httpx.AsyncClient):
    for method in ("GET", "POST", "DELETE"):
        assert_problem(await http.request(method, "/api/v1/nothing"), 404, "no-such-address")


async def test_another_method_is_405_and_tells_which(http: httpx.AsyncClient):
    answer = await http.delete(LOGIN)
    assert_problem(answer, 405, "wrong-method")
    assert answer.headers["allow"] == "POST"


async def test_a_bad_id_is_422(ada: Visitor):
    assert_problem(await ada.http.get("/api/v1/chat/attachments/nonsense/content"), 422, "invalid")


async def test_20_mb_with_a_length_are_413(http: httpx.AsyncClient):
    answer = await http.post(LOGIN, content=b"x" * 20_000_000, headers={"Content-Type": "application/json"})
    assert_problem(answer, 413, "too-large")


async def test_20_mb_in_pieces_are_413(http: httpx.AsyncClient):
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b"x" * 100_000

    for kind in ("application/json", "multipart/form-data; boundary=b"):
        answer = await http.post(LOGIN, content=pieces(), headers={"Content-Type": kind})
        assert_problem(answer, 413, "too-large")


async def test_20_mb_to_an_address_that_wants_no_body_are_413(http: httpx.AsyncClient):
    assert_problem(await http.post("/api/v1/nothing", content=b"x" * 20_000_000), 413, "too-large")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"--b\r\nnonsense", "multipart/form-data; boundary=b"),
        (b"--b--", "multipart/form-data"),
        (b"", "multipart/form-data; boundary=b"),
        (
            b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\nx\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
        ),
        (b"file=x", "application/x-www-form-urlencoded"),
    ],
    ids=["broken", "no boundary", "empty", "another field", "not multipart"],
)
async def test_a_bad_upload_is_a_problem(ada: Visitor, body: bytes, kind: str):
    answer = await ada.http.post("/api/v1/chat/attachments", content=body, headers={"Content-Type": kind})
    assert answer.status_code in (400, 422)
    assert_problem(answer, answer.status_code)


async def test_an_incident_shows_a_number_and_nothing_else(caplog: pytest.LogCaptureFixture):
    async def broken(scope: object, receive: object, send: object) -> None:
        raise RuntimeError("the password of the database is hunter2")

    app = FastAPI()
    app.mount("/", Incidents(broken))
    with caplog.at_level(logging.ERROR):
        async with visit(app) as http:
            answer = await http.get("/")
    told = assert_problem(answer, 500, "internal")
    assert "hunter2" not in answer.text
    number = told["instance"].removeprefix("urn:uuid:")
    assert number in caplog.text
    assert "hunter2" in caplog.text


async def test_a_mistake_of_ours_in_a_route_is_an_incident(door: FastAPI):
    @door.get("/broken")
    async def broken() -> None:
        raise KeyError("hunter2")

    @door.post("/broken-upload")
    async def broken_upload(file: UploadFile) -> None:
        raise KeyError("hunter2")

    async with visit(door) as http:
        answers = await asyncio.gather(http.get("/broken"), http.post("/broken-upload", files={"file": b"x"}))
    for answer in answers:
        assert_problem(answer, 500, "internal")
        assert "hunter2" not in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"
