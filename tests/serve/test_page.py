"""The page, the documentation, and whether the door is alive and ready."""

import gzip
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from cluster.clients.redis import open_redis
from cluster.ids import HostId, new_id
from cluster.runtime.store import HostRow, register
from cluster.services import Services
from serve.page import Page
from tests.serve.visitors import assert_problem, opened, visit

INDEX = "<!doctype html><script>begin()</script><script src='/assets/main-1a2b.js'></script><div id=app></div>"


@pytest.fixture
async def page(tmp_path: Path, door: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody at a door whose page is these files."""
    built = tmp_path / "dist"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text(INDEX)
    (built / "theme.js").write_text("1")
    (built / "assets" / "main-1a2b.js").write_text("let x = 1;\n" * 1000)
    (tmp_path / "secret.txt").write_text("secret")
    door.router.default = Page(built)
    async with visit(door) as client:
        yield client


async def test_every_address_of_the_page_is_the_page(page: httpx.AsyncClient):
    for path in ("/", "/index.html", "/login", "/c/0190-abc/settings"):
        answer = await page.get(path)
        assert answer.text == INDEX
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["content-type"] == "text/html; charset=utf-8"


async def test_the_page_runs_its_own_scripts_only(page: httpx.AsyncClient):
    answer = await page.get("/")
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["script-src"].startswith("'self' 'sha256-")
    assert "unsafe" not in policy["script-src"]
    assert policy["frame-ancestors"] == "'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"


async def test_files_with_a_hash_in_their_name_are_kept_forever_and_sent_small(page: httpx.AsyncClient):
    async with page.stream("GET", "/assets/main-1a2b.js") as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == b"let x = 1;\n" * 1000
    plain = await page.get("/assets/main-1a2b.js", headers={"Accept-Encoding": "identity"})
    assert len(plain.content) > len(raw)
    assert plain.headers["vary"] == "Accept-Encoding"


async def test_a_file_that_the_browser_has_is_not_sent_again(page: httpx.AsyncClient):
    etag = (await page.get("/theme.js")).headers["etag"]
    assert (await page.get("/theme.js", headers={"If-None-Match": etag})).status_code == 304


@pytest.mark.parametrize("path", ["/assets/gone-3c4d.js", "/..%2fsecret.txt", "/%2e%2e/secret.txt", "/.env", "/api/v1"])
async def test_what_is_not_there_is_a_problem_not_the_page(page: httpx.AsyncClient, path: str):
    assert_problem(await page.get(path), 404)


async def test_the_page_is_for_reading(page: httpx.AsyncClient):
    assert_problem(await page.post("/login"), 404)
    head = await page.head("/")
    assert head.status_code == 200


async def test_a_page_that_is_not_built_says_so(door: FastAPI, tmp_path: Path):
    door.router.default = Page(tmp_path / "nothing")
    async with visit(door) as http:
        assert "make up" in assert_problem(await http.get("/"), 404, "no-page")["detail"]


async def test_the_documentation_needs_nothing_from_elsewhere(http: httpx.AsyncClient):
    answer = await http.get("/docs")
    links: list[str] = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert len(links) >= 2
    for link in links:
        assert link.startswith("/"), link
        if link != "/favicon.svg":
            assert (await http.get(link)).status_code == 200, link
    assert "://" not in answer.headers["content-security-policy"]
    assert "'sha256-" in answer.headers["content-security-policy"]


async def test_the_api_describes_itself(http: httpx.AsyncClient):
    document = (await http.get("/openapi.json")).json()
    assert "Problem" in document["components"]["schemas"]
    assert "HTTPValidationError" not in str(document)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation.get("description"), f"{method} {path} says nothing about itself"
            assert "4XX" in operation["responses"], f"{method} {path} does not say how it fails"


async def test_alive_is_alive_without_anything(http: httpx.AsyncClient):
    assert (await http.get("/healthz")).json() == {"status": "ok"}


async def test_ready_means_that_a_host_is_alive(services: Services, http: httpx.AsyncClient):
    told = assert_problem(await http.get("/readyz"), 503, "not-ready")
    assert [wrong["part"] for wrong in told["errors"]] == ["hosts"]
    host = HostRow(id=HostId(new_id()), name="host/0", node="node", pid=1, kinds=None, capacity=10)
    async with services.db.as_nobody() as conn:
        await register(conn, host, lease=30)
    assert (await http.get("/readyz")).json() == {"status": "ready"}


async def test_not_ready_names_what_does_not_answer_and_no_address(services: Services):
    lost = services.settings.model_copy(update={"redis_url": SecretStr("redis://127.0.0.1:1/0")})
    async with open_redis(lost) as redis, opened(replace(services, redis=redis)) as app:
        async with visit(app) as http:
            answer = await http.get("/readyz")
    told = assert_problem(answer, 503, "not-ready")
    assert "redis" in [wrong["part"] for wrong in told["errors"]]
    assert "127.0.0.1" not in answer.text
