"""Agents of a type and councils as models."""

from typing import Any

import anthropic
import openai
import orjson
import pytest
from anthropic import AsyncAnthropic

from tests.provider.answers import Answer
from tests.provider.server import Provider
from tests.serve.compat.clients import Caller

BALLOT: dict[str, Any] = {
    "vote": "tea",
    "position": "Tea.",
    "reasoning": "It is so.",
    "arguments": [],
    "confidence": 0.8,
}


async def test_an_agent_of_a_type_works_on_what_is_asked(ada: Caller, provider: Provider):
    message = await ada.claude.messages.with_raw_response.create(
        model="apex/researcher",
        max_tokens=500,
        messages=[{"role": "user", "content": "[[say It is known.]]"}],
        extra_headers={"Idempotency-Key": "k"},
    )
    told = await message.parse()
    assert told.content[0].text == "It is known."  # type: ignore[union-attr]
    assert told.usage.output_tokens == provider.requests[0].usage["output_tokens"]
    assert "You are a researcher" in str(provider.requests[0].body["system"])
    agent = (await ada.http.get(f"/api/v1/agents/{message.headers['x-conversation-id']}/status")).json()
    assert (agent["agent_type"], agent["status"], agent["result"]) == ("researcher", "completed", "It is known.")

    stream = await ada.gpt.chat.completions.create(
        model="apex/researcher",
        stream=True,
        messages=[{"role": "user", "content": "[[say It is known.]]"}],
        extra_headers={"Idempotency-Key": "k"},
    )
    assert "".join([chunk.choices[0].delta.content or "" async for chunk in stream]) == "It is known."
    assert len((await ada.http.get("/api/v1/agents")).json()["agents"]) == 1


async def test_a_council_answers_with_what_it_came_to(ada: Caller, provider: Provider):
    provider.answer(*[Answer(text=orjson.dumps(BALLOT).decode())] * 4)
    completion = await ada.gpt.chat.completions.create(
        model="apex/council",
        messages=[{"role": "user", "content": "What shall we drink?"}],
        extra_headers={"Idempotency-Key": "k"},
    )
    text = completion.choices[0].message.content or ""
    assert "**tea** by consensus" in text
    assert completion.usage is not None
    assert completion.usage.completion_tokens == sum(seen.usage["output_tokens"] for seen in provider.requests)
    assert completion.created > 1_700_000_000
    async with ada.claude.messages.stream(
        model="apex/council",
        max_tokens=500,
        messages=[{"role": "user", "content": "What shall we drink?"}],
        extra_headers={"Idempotency-Key": "k"},
    ) as stream:
        assert await stream.get_final_text() == text
    assert len((await ada.http.get("/api/v1/councils")).json()["councils"]) == 1


async def test_a_council_that_came_to_nothing_is_an_error(ada: Caller):
    with pytest.raises(openai.InternalServerError, match="came to nothing"):
        await ada.gpt.chat.completions.create(
            model="apex/council", messages=[{"role": "user", "content": "[[say nonsense]]"}]
        )


async def test_they_are_listed(ada: Caller):
    ids = {model.id async for model in await ada.gpt.models.list()}
    assert {"apex/general", "apex/researcher", "apex/coder", "apex/analyst", "apex/writer", "apex/council"} <= ids
    body = {"description": "Mine.", "persona": "You are mine."}
    assert (await ada.http.put("/api/v1/agents/types/mine", json=body)).status_code == 200
    assert (await ada.gpt.models.retrieve("apex/mine")).owned_by == "apexaurum"


async def test_types_of_others_are_no_models(ada: Caller, bob: Caller):
    assert (await ada.http.put("/api/v1/agents/types/hers", json={"persona": "a secret"})).status_code == 200
    with pytest.raises(anthropic.NotFoundError):
        await bob.claude.models.retrieve("apex/hers")
    with pytest.raises(anthropic.NotFoundError):
        await bob.claude.messages.create(model="apex/hers", max_tokens=9, messages=[{"role": "user", "content": "x"}])


async def test_a_key_for_chat_alone_makes_no_agents(ada: Caller, provider: Provider):
    made = await ada.http.post("/api/v1/user/keys", json={"name": "a program", "scopes": ["chat"]})
    async with AsyncAnthropic(api_key=made.json()["key"], base_url=str(ada.http.base_url), max_retries=0) as claude:
        for model in ("apex/researcher", "apex/council"):
            with pytest.raises(anthropic.PermissionDeniedError):
                await claude.messages.create(model=model, max_tokens=9, messages=[{"role": "user", "content": "x"}])
    assert provider.requests == []


async def test_they_go_on_with_no_conversation(ada: Caller):
    first = await ada.claude.messages.with_raw_response.create(
        model="apex/AZOTH", max_tokens=100, messages=[{"role": "user", "content": "hello"}]
    )
    with pytest.raises(anthropic.BadRequestError):
        await ada.claude.messages.create(
            model="apex/general",
            max_tokens=9,
            messages=[{"role": "user", "content": "x"}],
            extra_headers={"X-Conversation-Id": first.headers["x-conversation-id"]},
        )
