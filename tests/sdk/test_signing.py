"""Tokens are renewed and kept by themselves, and never more often than needed."""

import asyncio
import stat
from pathlib import Path
from uuid import UUID

import jwt
import pytest

from apexaurum import Apex, AsyncApex, NotSignedIn
from apexaurum.credentials import Credentials, InFile
from apexaurum.errors import SignInNeeded
from cluster.ids import UserId
from tests.sdk.conftest import HASTY, Account
from tests.sdk.cutting import Cutter
from tests.serve.live.house import House


@pytest.fixture
async def kept(ada: Account, tmp_path: Path) -> InFile:
    """A file with a sign-in of Ada's whose access token has expired."""
    file = InFile(tmp_path / "config" / "credentials.json", ada.url)
    async with AsyncApex(ada.url, credentials=file.path) as apex:
        await apex.sign_in(ada.email, ada.password)
    expire(file)
    return file


def expire(file: InFile, *, known: bool = True) -> None:
    """Let the access token be one that is not valid, whether the client can know that or not."""
    tokens = file.load()
    assert tokens is not None
    access = tokens.access_token if known else "x.y.z"
    file.save(Credentials(access_token=access, refresh_token=tokens.refresh_token, expires_at=0 if known else 2**33))


async def test_the_file_is_for_its_owner_alone(kept: InFile):
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("known", [True, False], ids=["expired", "refused"])
async def test_a_token_that_is_no_good_is_exchanged(ada: Account, kept: InFile, known: bool):
    expire(kept, known=known)
    before = kept.load()
    async with AsyncApex(ada.url, credentials=kept.path) as apex:
        assert (await apex.me()).email == ada.email
    after = kept.load()
    assert before is not None
    assert after is not None
    assert after.refresh_token != before.refresh_token
    assert after.bearer is not None


async def test_programs_that_share_a_file_exchange_its_token_once(ada: Account, kept: InFile, house: House):
    tokens = kept.load()
    assert tokens is not None
    user = jwt.decode(tokens.access_token or "", options={"verify_signature": False})["sub"]

    async def made() -> int:
        async with house.services.db.as_user(UserId(UUID(user))) as conn:
            return await conn.fetchval("select count(*) from refresh_tokens")

    before = await made()

    def ask() -> str:
        with Apex(ada.url, credentials=kept.path) as apex:
            return apex.me().email

    async def ask_too() -> str:
        async with AsyncApex(ada.url, credentials=kept.path) as apex:
            return (await apex.me()).email

    asked = await asyncio.gather(*(asyncio.to_thread(ask) for _ in range(4)), *(ask_too() for _ in range(4)))
    assert asked == [ada.email] * 8
    assert await made() == before + 1


async def test_an_exchange_whose_answer_was_lost_is_done_again(ada: Account, kept: InFile, cutter: Cutter):
    there = InFile(kept.path, cutter.url)
    there.save(kept.load())
    cutter.cut(answers=[20])
    async with AsyncApex(cutter.url, credentials=kept.path) as apex:
        assert (await apex.me()).email == ada.email
    assert cutter.cuts == 1


async def test_the_wrong_password_is_an_error(ada: Account):
    async with AsyncApex(ada.url, email=ada.email, password="something else") as apex:
        with pytest.raises(SignInNeeded) as refused:
            await apex.me()
    assert refused.value.code == "wrong-credentials"


async def test_nobody_is_told_to_sign_in(ada: Account, tmp_path: Path):
    async with AsyncApex(ada.url, credentials=tmp_path / "none.json") as apex:
        with pytest.raises(NotSignedIn):
            await apex.me()


async def test_a_key_that_is_not_taken_is_an_error_and_not_a_loop(ada: Account, cutter: Cutter):
    async with AsyncApex(cutter.url, api_key="apex_nonsense", retrying=HASTY) as apex:
        with pytest.raises(NotSignedIn):
            await apex.me()
    assert cutter.connections == 1


async def test_signing_out_ends_it_on_both_sides(ada: Account, kept: InFile):
    tokens = kept.load()
    async with AsyncApex(ada.url, credentials=kept.path) as apex:
        await apex.me()
        await apex.sign_out()
    assert kept.load() is None
    kept.save(tokens)
    async with AsyncApex(ada.url, credentials=kept.path) as apex:
        with pytest.raises(NotSignedIn):
            await apex.me()
    assert kept.load() is None
