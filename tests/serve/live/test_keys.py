"""A socket that a program opened with a key does what the key may, while the key lasts."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
import pytest

from serve.accounts import keys
from serve.live import permits
from serve.live.socket import BAD_TICKET
from tests.serve.live.house import Person, Phone


@asynccontextmanager
async def program(ada: Person, *scopes: str) -> AsyncGenerator[tuple[Phone, str]]:
    """A socket by key, and the key's id."""
    made = (await ada.http.post("/api/v1/user/keys", json={"name": "a program", "scopes": scopes})).json()
    signed = {"Authorization": f"Bearer {made['key']}"}
    async with httpx.AsyncClient(base_url=ada.http.base_url, headers=signed) as http:
        async with Person(http, ada.id, ada.socket_url).phone() as phone:
            yield phone, made["id"]


async def test_a_key_for_chat_chats(ada: Person):
    async with program(ada, "chat") as (phone, _):
        await phone.send(type="chat", id="one", message="count to 5")
        accepted = await phone.next("accepted")
        await phone.next("turn_ended")
        assert phone.text(accepted["turn_id"]) == "1 2 3 4 5"


@pytest.mark.parametrize(
    ("scope", "command", "code"),
    [
        ("read", {"type": "chat", "id": "one", "message": "count to 5"}, "scope-missing"),
        ("files", {"type": "subscribe", "channel": "conversation:{id}"}, "scope-missing"),
        ("chat", {"type": "subscribe", "channel": "realm:{id}"}, "scope-missing"),
        ("chat", {"type": "subscribe", "channel": "somewhere:{id}"}, "scope-missing"),
        ("chat", {"type": "answer_approval", "id": "one", "approval_id": "{id}", "approve": True}, "scope-missing"),
        ("read", {"type": "stop", "conversation_id": "{id}"}, "scope-missing"),
        ("read", {"type": "subscribe", "channel": "conversation:{id}"}, "channel-missing"),
        ("tools", {"type": "answer_approval", "id": "one", "approval_id": "{id}", "approve": True}, "approval-missing"),
    ],
    ids=str,
)
async def test_a_command_beyond_the_scopes_is_refused(ada: Person, scope: str, command: dict[str, object], code: str):
    async with program(ada, scope) as (phone, _):
        id = str(uuid4())
        await phone.send(**{name: v.replace("{id}", id) if isinstance(v, str) else v for name, v in command.items()})
        assert (await phone.next("error"))["code"].replace("_", "-") == code


async def test_a_socket_ends_with_its_key(ada: Person, monkeypatch: pytest.MonkeyPatch):
    for module in (keys, permits):
        monkeypatch.setattr(module, "KNOWN_SECONDS", 0.05)
    async with ada.phone() as hers, program(ada, "chat") as (phone, key):
        await phone.send(type="ping")
        await phone.next("pong")
        assert (await ada.http.delete(f"/api/v1/user/keys/{key}")).status_code == 204
        assert await phone.code() == BAD_TICKET
        await hers.send(type="ping")
        await hers.next("pong")
