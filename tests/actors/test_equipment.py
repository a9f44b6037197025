"""What is not set up is offered to no model, found by no search, asks nobody for approval, and does not run."""

import orjson
import pytest

from actors import equipment
from actors.tool_context import context_of
from actors.toolset import TRUSTED_TOOLS
from cluster.ids import UserId
from cluster.services import Clients
from tests.actors.conversing import Person, PlayedModel, asks, playing, says


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with nothing on it."""
    monkeypatch.setattr(equipment, "find_chromium", lambda: None)


async def test_neither_the_full_preset_nor_a_search_has_it(clients: Clients, user: UserId):
    async with clients.db.as_user(user) as conn:
        await conn.execute("update users set settings = settings || $1", {"tool_preset": "full"})
    model = PlayedModel(says("Hello"))
    async with playing(clients, model) as troupe:
        await Person(troupe, user).converse("Hi")
    names = [tool.name for tool in model.requests[0].tools]
    assert "calculator" in names
    assert [name for name in names if TRUSTED_TOOLS.by_name[name].facts.needs] == []

    searched = await TRUSTED_TOOLS.run(
        "tool_search", context_of(clients, user, None), {"query": "browser tab click", "limit": 10}
    )
    found = orjson.loads(searched.content)["found"]
    assert [each["name"] for each in found if each["name"].startswith("browser_")] == []


async def test_a_call_out_of_an_old_prompt_is_told_what_is_missing(clients: Clients, user: UserId):
    """A browser would ask the person first, by the rule that is set here: what cannot run asks nothing."""
    async with clients.db.as_user(user) as conn:
        rules = {"tool_rules": {"browser_navigate": "ask"}}
        await conn.execute("update users set settings = settings || $1", rules)
    model = PlayedModel(asks(("browser_navigate", {"url": "http://example.org/"})), says("I cannot."))
    async with playing(clients, model) as troupe:
        await Person(troupe, user).converse("Open example.org")
    content = str(model.requests[1].messages[-1].content[0]["content"])
    assert "browser_navigate is not available here. The operator has to install Chromium" in content
