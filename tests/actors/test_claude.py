"""Sessions that speak to Claude over the real SDK, against the loopback provider."""

from decimal import Decimal
from typing import Any

import pytest

from cluster.ids import UserId
from cluster.models.anthropic import AnthropicChatModel, AnthropicConnection
from cluster.models.claude import CLAUDE
from cluster.services import Clients
from tests.actors.conversing import Person, of_turn, playing, text_of
from tests.provider.server import Provider

SONNET = next(card for card in CLAUDE if card.id == "claude-sonnet-5-5")


@pytest.fixture
async def person(clients: Clients, user: UserId, provider: Provider) -> Any:
    """Somebody who talks with Claude."""
    connection = AnthropicConnection("key", provider.url, silence=1.0)
    async with playing(clients, AnthropicChatModel(SONNET, connection), card=SONNET) as troupe:
        yield Person(troupe, user)
    await connection.close()


async def test_the_ledger_equals_the_provider_s_usage(person: Person, provider: Provider) -> None:
    await person.converse('[[tool calculator {"expression": "6*7"}]][[then]][[say It is 42.]]')
    await person.converse("And again?")

    async with person.troupe.clients.db.as_user(person.user) as conn:
        row = await conn.fetchrow(
            """select sum(tokens_input) as i, sum(tokens_output) as o, sum(tokens_cache_read) as r,
                      sum(tokens_cache_write) as w, sum(cost_usd) as usd from usage_log where endpoint = 'chat'"""
        )
        used = await conn.fetchrow("select sum(tokens_used) as tokens, sum(cost_usd) as usd from messages")
    assert row is not None
    assert used is not None
    chats = [r.usage for r in provider.app.requests if "title" not in str(r.body.get("system", ""))]
    assert row["i"] == sum(usage["input_tokens"] for usage in chats)
    assert row["o"] == sum(usage["output_tokens"] for usage in chats)
    assert row["r"] == sum(usage["cache_read_input_tokens"] for usage in chats) > 0
    assert row["w"] == sum(usage["cache_creation_input_tokens"] for usage in chats) > 0
    exact = (
        Decimal(2) * row["i"] + Decimal(10) * row["o"] + Decimal("0.1") * row["r"] + Decimal("2.5") * row["w"]
    ) / 1_000_000
    assert row["usd"] == used["usd"] == exact
    assert used["tokens"] == row["i"] + row["o"] + row["r"] + row["w"]


async def test_an_overloaded_provider_fails_the_turn_and_a_retry_succeeds(person: Person, provider: Provider) -> None:
    posted, events = await person.converse("[[fault overloaded retry_after=60 times=1]]Hello")
    assert (events[-1]["status"], events[-1]["error"]["code"]) == ("failed", "busy")
    assert posted.message_id is not None

    again = await person.regenerate(posted.message_id)

    events = of_turn(await person.hear("turn_ended", turn=again.turn_id), again.turn_id)
    assert events[-1]["status"] == "completed"


async def test_a_cut_stream_keeps_what_arrived_and_its_usage(person: Person, provider: Provider) -> None:
    _, events = await person.converse("[[fault cut after=3]][[count 20]]")

    assert (events[-1]["status"], events[-1]["error"]["code"]) == ("failed", "unreachable")
    answer = (await person.branch())[-1]
    assert answer.status == "failed"
    assert answer.content == text_of(events) != ""
    assert answer.tokens_used is not None
    assert answer.tokens_used > 0


async def test_thinking_with_tools_goes_back_as_the_provider_wants_it(person: Person) -> None:
    _, events = await person.converse(
        '[[think Let me think.]][[tool calculator {"expression": "1+1"}]][[then]][[say Two.]]', thinking_tokens=2000
    )

    assert events[-1]["status"] == "completed", events[-1]["error"]
    assert "".join(event["content"] for event in events if event["type"] == "thinking") == "Let me think."


async def test_stop_closes_the_call_at_the_provider(person: Person, provider: Provider) -> None:
    await person.say("[[speed 20]][[count 500]]")
    await person.hear("token")

    await person.stop()

    await person.hear("turn_ended")
    chat = next(r for r in provider.app.requests if "title" not in str(r.body.get("system", "")))
    assert chat.outcome == "closed"
    counted = (await person.branch())[-1].usage
    assert counted is not None
    assert counted["input_tokens"] == chat.usage["input_tokens"]
    assert counted["cache_write_tokens"] == chat.usage["cache_creation_input_tokens"]
    _, events = await person.converse("Are you still there?")
    assert events[-1]["status"] == "completed"
