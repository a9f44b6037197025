"""Tools over HTTP: lists, schemas, presets, and runs that are somebody's own."""

import asyncio
from uuid import UUID, uuid4

import httpx
import pytest

from actors import equipment
from actors.toolset import TRUSTED_TOOLS
from cluster.errors import Conflict
from cluster.ids import UserId, new_id
from cluster.services import Services
from sandbox.presets import DEFAULT, PRESETS
from serve import limits
from serve.limits import Policy
from serve.routes import tools as route
from serve.tools.once import Once
from tests.serve.visitors import Visitor, assert_problem

TOOLS = "/api/v1/tools"
EXECUTE = f"{TOOLS}/execute"


async def run(visitor: Visitor, name: str, key: str | None = None, **body: object) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return await visitor.http.post(EXECUTE, json={"name": name, **body}, headers=headers)


async def conversation_of(services: Services, visitor: Visitor) -> UUID:
    id, user = new_id(), UserId(UUID(visitor.tokens["user"]["id"]))
    async with services.db.as_user(user) as conn:
        await conn.execute("insert into conversations (id, user_id) values ($1, $2)", id, user)
    return id


async def test_all_tools_are_listed_page_by_page(ada: Visitor):
    names: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await ada.http.get(TOOLS, params={"limit": 5, **({"cursor": cursor} if cursor else {})})).json()
        names += [tool["name"] for tool in page["tools"]]
        cursor = page["next_cursor"]
        assert page["total"] == len(list(TRUSTED_TOOLS))
        assert sum(family["tools"] for family in page["families"]) == page["total"]
    assert sorted(names) == sorted(TRUSTED_TOOLS.by_name)


async def test_a_family_and_words_narrow_the_list(ada: Visitor):
    scratch = (await ada.http.get(TOOLS, params={"family": "scratch"})).json()
    assert {tool["family"] for tool in scratch["tools"]} == {"scratch"}
    assert scratch["tools"][0]["facts"]["in_conversation"] is True
    found = (await ada.http.get(TOOLS, params={"q": "arithmetic"})).json()
    assert found["tools"][0]["name"] == "calculator"
    assert (await ada.http.get(TOOLS, params={"q": "xyzzy"})).json()["tools"] == []
    assert (await ada.http.get(TOOLS, params={"family": "nothing"})).json()["total"] == 0


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 201}, {"cursor": "nonsense"}, {"q": "x" * 301}, {"page": 2}])
async def test_a_list_that_makes_no_sense_is_422(ada: Visitor, query: dict[str, int | str]):
    assert_problem(await ada.http.get(TOOLS, params=query), 422)


async def test_a_schema_says_all_that_a_form_needs(ada: Visitor):
    told = (await ada.http.get(f"{TOOLS}/calculator/schema")).json()
    assert told["parameters"] == TRUSTED_TOOLS.by_name["calculator"].parameters
    assert told["example"]["result"]["result"] == 98
    assert told["description"].startswith("Work out arithmetic exactly.")
    assert_problem(await ada.http.get(f"{TOOLS}/fly/schema"), 404, "not-found")


async def test_a_tool_that_lacks_something_is_listed_with_what_and_in_no_preset(
    ada: Visitor, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(equipment, "find_chromium", lambda: None)
    page = (await ada.http.get(TOOLS, params={"family": "browser"})).json()
    assert {tool["missing"] for tool in page["tools"]} == {"The operator has to install Chromium where tools run."}
    schema = (await ada.http.get(f"{TOOLS}/browser_navigate/schema")).json()
    assert schema["missing"] == page["tools"][0]["missing"]
    assert (await ada.http.get(f"{TOOLS}/calculator/schema")).json()["missing"] is None
    presets = (await ada.http.get(f"{TOOLS}/presets")).json()["presets"]
    assert [name for preset in presets for name in preset["tools"] if name.startswith("browser_")] == []


async def test_presets_tell_their_cost_and_one_can_be_preferred(ada: Visitor):
    told = (await ada.http.get(f"{TOOLS}/presets")).json()
    assert told["default"] == DEFAULT
    assert {preset["name"] for preset in told["presets"]} == set(PRESETS)
    costs = [preset["bytes"] for preset in told["presets"]]
    assert costs == sorted(costs)
    preferences = "/api/v1/user/preferences"
    assert (await ada.http.get(preferences)).json()["tool_preset"] == DEFAULT
    assert (await ada.http.put(preferences, json={"tool_preset": "full"})).json()["tool_preset"] == "full"
    assert_problem(await ada.http.put(preferences, json={"tool_preset": "everything"}), 422, "invalid")


async def test_a_tool_runs_and_its_failure_is_an_answer(ada: Visitor):
    done = (await run(ada, "calculator", arguments={"expression": "6*7"})).json()
    assert (done["content"], done["is_error"]) == ('{"expression":"6*7","result":42}', False)
    failed = await run(ada, "calculator", arguments={"expression": "1/0"})
    assert (failed.status_code, failed.json()["is_error"]) == (200, True)
    assert "Division by zero" in failed.json()["content"]
    assert failed.headers["ratelimit-policy"].startswith('"tools"')


async def test_what_cannot_be_run_is_a_problem(ada: Visitor, http: httpx.AsyncClient):
    assert_problem(await run(ada, "fly"), 404, "not-found")
    told = assert_problem(await run(ada, "calculator", arguments={"expresion": "1"}), 422, "arguments-invalid")
    assert "expresion: Extra inputs" in told["detail"]
    assert_problem(await run(ada, "calculator", arguments=[]), 422, "invalid")
    assert_problem(await run(ada, "calculator", argument={}), 422, "invalid")
    for answer in (await http.get(TOOLS), await http.get(f"{TOOLS}/presets"), await http.post(EXECUTE, json={})):
        assert_problem(answer, 401, "sign-in-needed")


async def test_a_long_result_is_cut_and_says_so(ada: Visitor):
    long = await run(ada, "string_join", arguments={"parts": ["\\" * 39_000]})
    assert long.json()["content"].endswith("more characters]")
    assert len(long.json()["content"]) < 50_100


async def test_nobody_works_on_anothers_conversation(services: Services, ada: Visitor, bob: Visitor):
    hers = str(await conversation_of(services, ada))
    secret = {"key": "k", "value": "a secret"}
    assert not (await run(ada, "scratch_store", arguments=secret, conversation_id=hers)).json()["is_error"]
    for name, arguments in (("scratch_get", {"key": "k"}), ("session_info", {}), ("calculator", {"expression": "1"})):
        theirs = await run(bob, name, arguments=arguments, conversation_id=hers)
        nothing = await run(bob, name, arguments=arguments, conversation_id=str(uuid4()))
        assert_problem(theirs, 404)
        assert theirs.json() == nothing.json()
    mine = str(await conversation_of(services, bob))
    assert "secret" not in (await run(bob, "scratch_get", arguments={"key": "k"}, conversation_id=mine)).text
    alone = (await run(ada, "scratch_list")).json()
    assert (alone["is_error"], alone["content"]) == (True, "This tool works on a conversation, and none was named.")


async def test_a_request_sent_twice_runs_once(ada: Visitor, bob: Visitor):
    body = {"arguments": {"max": 1_000_000_000}}
    first = (await run(ada, "random_number", "k", **body)).json()
    assert (await run(ada, "random_number", "k", **body)).json() == first
    assert (await run(bob, "random_number", "k", **body)).json() != first
    assert_problem(await run(ada, "random_number", "k", arguments={"max": 3}), 409, "conflict")
    large = await run(ada, "memory_store", "large", arguments={"key": "k", "value": 2**70})
    assert "at most 64 bits" in large.json()["content"]
    assert_problem(await run(ada, "random_number", "x" * 201, **body), 422)


async def test_what_still_runs_is_not_run_again_and_what_broke_may_be(services: Services):
    once = Once(services.redis, UserId(uuid4()), "k", b"request")
    begun, gate = asyncio.Event(), asyncio.Event()

    async def work() -> bytes:
        begun.set()
        await gate.wait()
        raise KeyError("broken")

    async def better() -> bytes:
        return b"done"

    first = asyncio.create_task(once.run(work, seconds=5))
    await begun.wait()
    with pytest.raises(Conflict, match="still runs"):
        await once.run(better, seconds=5)
    gate.set()
    with pytest.raises(KeyError):
        await first
    assert await once.run(better, seconds=5) == b"done"
    assert await once.run(work, seconds=5) == b"done"


async def test_runs_are_limited(ada: Visitor, bob: Visitor, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(route, "TOOLS", Policy(limits.TOOLS.name, 2))
    runs = [await run(ada, "calculator", arguments={"expression": "1"}) for _ in range(3)]
    assert [answer.status_code for answer in runs] == [200, 200, 429]
    assert_problem(runs[-1], 429, "rate-limited")
    assert int(runs[-1].headers["retry-after"]) > 0
    assert (await run(bob, "calculator", arguments={"expression": "1"})).status_code == 200


async def test_runs_are_listed_page_by_page_and_are_nobody_elses(ada: Visitor, bob: Visitor):
    for number in range(3):
        await run(ada, "calculator", arguments={"expression": f"{number}+1"})
    await run(ada, "calculator", arguments={"expression": "1/0"})
    await run(ada, "reverse_string", arguments={"text": "abc"})
    shown: list[dict[str, object]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (
            await ada.http.get(f"{TOOLS}/runs", params={"limit": 2, **({"cursor": cursor} if cursor else {})})
        ).json()
        shown += page["runs"]
        cursor = page["next_cursor"]
    assert [each["tool"] for each in shown] == ["reverse_string", *["calculator"] * 4]
    assert [each["outcome"] for each in shown] == ["succeeded", "failed", "succeeded", "succeeded", "succeeded"]
    assert (shown[0]["by"], shown[0]["arguments"], shown[0]["content"]) == ("person", {"text": "abc"}, "cba")
    one = (await ada.http.get(f"{TOOLS}/runs", params={"tool": "reverse_string"})).json()
    assert len(one["runs"]) == 1
    assert (await bob.http.get(f"{TOOLS}/runs")).json() == {"runs": [], "next_cursor": None}
    assert_problem(await ada.http.get(f"{TOOLS}/runs", params={"cursor": "x"}), 422)
