"""Programs come with keys: given by hand, in the environment, or confirmed for a device."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from apexaurum import AsyncApex
from apexaurum.cli.main import main
from apexaurum.credentials import InFile
from apexaurum.errors import Forbidden
from serve.accounts import device
from tests.sdk.conftest import HASTY, Account
from tests.serve.live.house import eventually


@pytest.fixture
async def page(ada: Account, apex: AsyncApex) -> AsyncIterator[httpx.AsyncClient]:
    """Ada's browser."""
    token = await apex._signing.bearer()  # pyright: ignore[reportPrivateUsage]
    fields = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=f"{ada.url}/api/v1", headers=fields) as http:
        yield http


async def key(page: httpx.AsyncClient, *scopes: str) -> str:
    answer = await page.post("/user/keys", json={"name": "a program", "scopes": scopes})
    assert answer.status_code == 201, answer.text
    return answer.json()["key"]


async def test_a_key_opens_what_its_scopes_say(ada: Account, page: httpx.AsyncClient):
    async with AsyncApex(ada.url, api_key=await key(page, "chat"), retrying=HASTY) as apex:
        assert (await apex.me()).email == ada.email
        assert (await apex.chat.say("count to 3").reply()).content == "1 2 3"
        with pytest.raises(Forbidden) as refused:
            await apex.village.add("x")
    assert refused.value.code == "scope-missing"


async def test_a_key_of_the_environment_is_used(
    ada: Account, page: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("APEXAURUM_API_KEY", await key(page, "all"))
    monkeypatch.setenv("APEXAURUM_URL", ada.url)
    monkeypatch.setenv("APEXAURUM_CREDENTIALS", str(tmp_path / "none.json"))
    async with AsyncApex() as apex:
        assert (await apex.me()).email == ada.email


async def test_a_login_is_confirmed_in_a_browser(
    ada: Account,
    page: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
):
    monkeypatch.setattr("serve.routes.device.INTERVAL_SECONDS", 1)
    monkeypatch.setattr(device, "EARLY_SECONDS", 4.5)
    monkeypatch.setenv("APEXAURUM_CREDENTIALS", str(tmp_path / "credentials.json"))
    err = io.StringIO()
    monkeypatch.setattr("sys.stderr", err)
    login = asyncio.create_task(asyncio.to_thread(main, ["login", ada.url]))
    await eventually(lambda: "Waiting" in err.getvalue())
    assert not login.done()
    (code,) = [line.strip() for line in err.getvalue().splitlines() if line.startswith("    ")]
    decided = await page.post("/auth/device/decide", json={"user_code": code, "scopes": ["all"]})
    assert decided.status_code == 204, decided.text
    assert await login == 0
    assert capsys.readouterr().out == f"Signed in to {ada.url} as {ada.email}.\n"
    kept = InFile(tmp_path / "credentials.json", ada.url).load()
    assert kept is not None
    assert (kept.api_key or "").startswith("apex_")
    assert kept.refresh_token is None


async def test_a_login_that_is_refused_ends(
    ada: Account, page: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr("serve.routes.device.INTERVAL_SECONDS", 1)
    async with AsyncApex(ada.url, credentials=tmp_path / "credentials.json") as apex:
        codes = await apex.devices.begin("a program")
        await page.post("/auth/device/decide", json={"user_code": codes.user_code, "scopes": []})
        with pytest.raises(Exception, match=r"refused") as refused:
            await apex.devices.finish(codes)
    assert getattr(refused.value, "code", None) == "access-denied"
