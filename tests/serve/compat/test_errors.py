"""What goes wrong is told to each client in its own words."""

from typing import Any

import anthropic
import httpx
import openai
import pytest
from anthropic import AsyncAnthropic
from openai import AsyncOpenAI

from tests.provider.server import Provider
from tests.serve.compat.clients import SONNET, Caller
from tests.serve.live.house import House
from tests.serve.visitors import assert_problem

MESSAGES, COMPLETIONS = "/v1/messages", "/v1/chat/completions"


def asking(text: str = "hello") -> dict[str, Any]:
    return {"model": SONNET, "max_tokens": 100, "messages": [{"role": "user", "content": text}]}


async def test_a_wrong_key_is_an_authentication_error(house: House):
    url = f"http://{house.address}"
    async with (
        AsyncAnthropic(api_key="wrong", base_url=url, max_retries=0) as claude,
        AsyncOpenAI(api_key="wrong", base_url=f"{url}/v1", max_retries=0) as gpt,
    ):
        with pytest.raises(anthropic.AuthenticationError) as theirs:
            await claude.messages.create(model=SONNET, max_tokens=1, messages=[{"role": "user", "content": "x"}])
        with pytest.raises(openai.AuthenticationError) as others:
            await gpt.chat.completions.create(model=SONNET, messages=[{"role": "user", "content": "x"}])
        with pytest.raises(openai.AuthenticationError):
            await gpt.models.list()
    assert theirs.value.type == "authentication_error"
    assert theirs.value.request_id is not None
    assert theirs.value.request_id.startswith("req_")
    assert others.value.code == "invalid_api_key"
    assert others.value.request_id is not None


async def key(caller: Caller, *scopes: str) -> str:
    """A key for programs."""
    made = await caller.http.post("/api/v1/user/keys", json={"name": "a program", "scopes": scopes})
    assert made.status_code == 201, made.text
    return made.json()["key"]


async def test_keys_of_ours_are_keys_there(ada: Caller):
    made, url = await key(ada, "chat"), str(ada.http.base_url)
    async with (
        AsyncAnthropic(api_key=made, base_url=url, max_retries=0) as claude,
        AsyncOpenAI(api_key=made, base_url=f"{url}/v1", max_retries=0) as gpt,
    ):
        await claude.messages.create(model=SONNET, max_tokens=9, messages=[{"role": "user", "content": "x"}])
        await gpt.chat.completions.create(model=SONNET, messages=[{"role": "user", "content": "x"}])
        assert (await gpt.models.retrieve(SONNET)).id == SONNET
    assert (await ada.paid("messages"))["calls"] == 1


async def test_a_key_without_the_scope_is_refused(ada: Caller):
    async with AsyncAnthropic(
        api_key=await key(ada, "files"), base_url=str(ada.http.base_url), max_retries=0
    ) as claude:
        with pytest.raises(anthropic.PermissionDeniedError) as theirs:
            await claude.messages.create(model=SONNET, max_tokens=9, messages=[{"role": "user", "content": "x"}])
    assert theirs.value.type == "permission_error"


async def test_a_key_may_stand_in_x_api_key(ada: Caller):
    fields = {"x-api-key": await key(ada, "chat"), "anthropic-version": "2023-06-01"}
    async with httpx.AsyncClient(base_url=ada.http.base_url) as http:
        assert (await http.post(MESSAGES, json=asking(), headers=fields)).status_code == 200
        assert (await http.get("/v1/models", headers=fields)).json()["data"]
        refused = await http.get("/v1/models", headers={**fields, "x-api-key": "wrong"})
    assert refused.status_code == 401
    assert refused.json()["error"]["type"] == "authentication_error"


async def test_a_missing_model_is_not_found(ada: Caller):
    with pytest.raises(anthropic.NotFoundError) as theirs:
        await ada.claude.messages.create(model="claude-none", max_tokens=1, messages=[{"role": "user", "content": "x"}])
    with pytest.raises(openai.NotFoundError) as others:
        await ada.gpt.chat.completions.create(model="gpt-none", messages=[{"role": "user", "content": "x"}])
    with pytest.raises(openai.NotFoundError):
        await ada.gpt.chat.completions.create(model="apex/NOBODY", messages=[{"role": "user", "content": "x"}])
    assert theirs.value.type == "not_found_error"
    assert "claude-none" in theirs.value.message
    assert others.value.code == "model_not_found"


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"messages": []}, "messages"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": None}, "max_tokens"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "text"),
        ({"messages": [{"role": "user", "content": [{"type": "video"}]}]}, "messages"),
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "tools"),
        ({"mcp_servers": [{"url": "https://example.com"}]}, "mcp_servers"),
        ({"metadata": {"conversation_id": "x"}}, "conversation_id"),
    ],
)
async def test_nonsense_is_an_invalid_request(ada: Caller, fields: dict[str, Any], where: str):
    answer = await ada.http.post(MESSAGES, json=asking() | fields)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/json"
    told = answer.json()
    assert (told["type"], told["error"]["type"]) == ("error", "invalid_request_error")
    assert where in told["error"]["message"]
    assert told["request_id"] == answer.headers["request-id"]


BAD: list[dict[str, Any]] = [
    {"messages": [{"role": "system", "content": "only"}]},
    {"messages": [{"role": "user", "content": [{"type": "input_audio", "input_audio": {}}]}]},
    {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "file:///x"}}]}]},
    {
        "messages": [
            {
                "role": "assistant",
                "tool_calls": [{"id": "a", "type": "function", "function": {"name": "b", "arguments": "{"}}],
            }
        ]
    },
    {"n": 2},
    {"logprobs": True},
    {"tools": [{"type": "web_search"}]},
]


@pytest.mark.parametrize("fields", BAD)
async def test_nonsense_is_a_bad_request(ada: Caller, fields: dict[str, Any]):
    answer = await ada.http.post(COMPLETIONS, json=asking() | fields)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["type"] == "invalid_request_error"


async def test_broken_json_is_refused_in_their_words(ada: Caller):
    headers = {"Content-Type": "application/json"}
    theirs = await ada.http.post(MESSAGES, content=b'{"model": ', headers=headers)
    others = await ada.http.post(COMPLETIONS, content=b"\xff", headers=headers)
    assert (theirs.status_code, theirs.json()["error"]["type"]) == (400, "invalid_request_error")
    assert (others.status_code, others.json()["error"]["type"]) == (400, "invalid_request_error")


async def test_what_is_too_large_is_refused_in_their_words(ada: Caller):
    for text in ("x" * 20_001, "x" * 300_000):
        with pytest.raises(anthropic.RequestTooLargeError):
            await ada.claude.messages.create(model=SONNET, max_tokens=1, messages=[{"role": "user", "content": text}])
        answer = await ada.http.post(COMPLETIONS, json=asking(text))
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "request_too_large")


async def test_unknown_addresses_are_not_the_page(ada: Caller):
    assert (await ada.http.get("/v1/none")).json()["error"]["code"] == "not_found"
    assert (await ada.http.post("/v1/messages/batches", json={})).json()["error"]["type"] == "not_found_error"
    assert (await ada.http.get(MESSAGES)).status_code == 405


async def test_a_model_that_cannot_is_not_asked(ada: Caller):
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA=="}}
    answer = await ada.http.post(
        MESSAGES, json=asking() | {"model": "scripted", "messages": [{"role": "user", "content": [image]}]}
    )
    assert answer.status_code == 400
    assert "images" in answer.json()["error"]["message"]


async def test_an_overloaded_provider_is_told_as_such(ada: Caller):
    text = "[[fault overloaded retry_after=60]]"
    with pytest.raises(anthropic.InternalServerError) as theirs:
        await ada.claude.messages.create(model=SONNET, max_tokens=9, messages=[{"role": "user", "content": text}])
    assert (theirs.value.status_code, theirs.value.type) == (529, "overloaded_error")
    stream = ada.claude.messages.stream(model=SONNET, max_tokens=9, messages=[{"role": "user", "content": text}])
    with pytest.raises(anthropic.InternalServerError):
        await stream.__aenter__()
    with pytest.raises(openai.InternalServerError) as others:
        await ada.gpt.chat.completions.create(model=SONNET, messages=[{"role": "user", "content": text}])
    assert others.value.status_code == 529


async def test_what_the_provider_refuses_is_a_bad_request(ada: Caller):
    with pytest.raises(anthropic.BadRequestError, match="a refused fault"):
        await ada.claude.messages.create(
            model=SONNET, max_tokens=9, messages=[{"role": "user", "content": "[[fault refused]]"}]
        )


async def test_what_breaks_in_the_middle_is_told_in_the_stream(ada: Caller, provider: Provider):
    text = "[[count 20]][[fault cut after=5]]"
    heard: list[str] = []
    theirs = await broken(ada, text, heard)
    assert "".join(heard).startswith("1 2")
    assert theirs.type == "api_error"
    chunks = await ada.gpt.chat.completions.create(
        model=SONNET, messages=[{"role": "user", "content": text}], stream=True
    )
    with pytest.raises(openai.APIError):
        async for _ in chunks:
            pass
    assert (await ada.paid("completions"))["calls"] == 1


async def broken(caller: Caller, text: str, heard: list[str]) -> anthropic.APIStatusError:
    """The error that a stream ends in, and what was heard before."""
    try:
        async with caller.claude.messages.stream(
            model=SONNET, max_tokens=90, messages=[{"role": "user", "content": text}]
        ) as stream:
            async for piece in stream.text_stream:
                heard.append(piece)
    except anthropic.APIStatusError as error:
        return error
    raise AssertionError("the stream did not break")


async def test_a_person_s_messages_are_limited(ada: Caller, house: House):
    most = house.services.settings.messages_per_minute
    for _ in range(most):
        await house.live.limits.message(ada.person.id)
    with pytest.raises(anthropic.RateLimitError) as theirs:
        await ada.claude.messages.create(model=SONNET, max_tokens=1, messages=[{"role": "user", "content": "x"}])
    assert theirs.value.type == "rate_limit_error"
    assert int(theirs.value.response.headers["retry-after"]) >= 1
    with pytest.raises(openai.RateLimitError) as others:
        await ada.gpt.chat.completions.create(model=SONNET, messages=[{"role": "user", "content": "x"}])
    assert others.value.code == "rate_limit_exceeded"


async def test_our_own_doors_answer_problems_still(ada: Caller):
    assert_problem(await ada.http.get("/api/v1/none"), 404)
    assert_problem(await ada.http.get("/api/v1/user/profile", headers={"Authorization": "Bearer x"}), 401)
