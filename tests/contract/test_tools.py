"""Every tool keeps what a tool promises, and its example is what really happens."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from typing import Any, cast, get_args

import orjson
import pytest

from actors.agents.agent import Agent
from actors.councils.council import Council
from actors.tool_context import context_of
from actors.tool_list import DOCUMENTS, current
from actors.toolset import TRUSTED_TOOLS
from cluster.ids import ConversationId, UserId, new_id
from cluster.services import Clients
from sandbox.egress.web import Web
from sandbox.equipment import Equipment
from sandbox.families import FAMILIES
from sandbox.inline_pool import InlinePool
from sandbox.jail.jail import Jail, KernelJail
from sandbox.notebook.inline import InlineKernels
from sandbox.presets import DEFAULT, PRESETS, PresetName, names_of
from sandbox.registry import MAX_RESULT_CHARS, as_text
from sandbox.tool import Tool, ToolContext
from sandbox.tools import tool_search
from sandbox.tools.browser.inline import InlineBrowsers
from sandbox.tools.devices.eeg.boards import Boards
from tests.sandbox.example_sites import example_web
from tests.sandbox.internet import Internet
from tests.stand_ins.cyton import Cyton
from tests.stand_ins.everything import PRICES, everything
from tests.village.dwelling import village_services

TOOLS = sorted(TRUSTED_TOOLS, key=lambda tool: tool.name)
JAIL, KERNELS = Jail(), KernelJail()
OF_THE_VILLAGE = {"village", "vector_knowledge", "memory_health", "dataset", "agents"}
"""Families of tools that speak to other actors."""
each_tool = pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)


@pytest.fixture
async def jails() -> AsyncGenerator[InlinePool]:
    """Jails without Ray."""
    async with InlinePool(JAIL, warm=0) as pool:
        yield pool


@pytest.fixture
async def kernels() -> AsyncGenerator[InlineKernels]:
    """Notebooks without Ray."""
    async with InlineKernels(KERNELS) as opened:
        yield opened


@pytest.fixture
async def internet() -> AsyncGenerator[Internet]:
    """Where the sites of the examples are."""
    async with Internet() as internet:
        yield internet


@pytest.fixture
async def web(internet: Internet) -> Web:
    """The sites that the examples speak of."""
    return await example_web(internet)


@pytest.fixture
async def equipment(internet: Internet) -> AsyncGenerator[Equipment]:
    """What some tools need, with stand-ins in its place."""
    async with Cyton() as board:
        yield await everything(internet, board.port)


@pytest.fixture
async def boards(equipment: Equipment) -> AsyncGenerator[Boards]:
    """Who has the EEG board; it is free when the test ends."""
    boards = Boards()
    yield boards
    await boards.close()


@pytest.fixture
async def browsers(web: Web) -> AsyncGenerator[InlineBrowsers]:
    """Browsers without Ray, before those sites."""
    async with InlineBrowsers(JAIL, web.guard) as opened:
        yield opened


@pytest.fixture
async def context(
    request: pytest.FixtureRequest,
    clients: Clients,
    user: UserId,
    jails: InlinePool,
    kernels: InlineKernels,
    web: Web,
    browsers: InlineBrowsers,
    equipment: Equipment,
    boards: Boards,
) -> AsyncGenerator[ToolContext]:
    """A conversation of the user."""
    conversation = ConversationId(new_id())
    async with clients.db.as_user(user) as conn:
        await conn.execute("insert into conversations (id, user_id) values ($1, $2)", conversation, user)
    made = replace(
        context_of(clients, user, conversation),
        runner=jails,
        kernels=kernels,
        web=web,
        browsers=browsers,
        equipment=equipment,
        eeg=boards,
        training_prices=PRICES,
    )
    tool = cast("Tool | None", request.node.callspec.params.get("tool"))  # pyright: ignore[reportUnknownMemberType]
    if tool is None or tool.category not in OF_THE_VILLAGE:
        yield made
        return
    async with village_services(clients, Agent, Council) as services:
        yield replace(made, services=services)


def shape(value: Any) -> Any:
    """Names and kinds of values: what stays when the values themselves vary."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list):
        return [shape(inner) for inner in cast("list[Any]", value)]
    return "number" if isinstance(value, int | float) else type(value).__name__


@each_tool
async def test_the_example_is_what_happens(tool: Tool, context: ToolContext):
    example = tool.example
    assert example is not None, "declare an example"
    if example.files:
        await context.files.write(example.files)
    for name, arguments in example.after:
        assert not (await TRUSTED_TOOLS.run(name, context, arguments)).is_error

    outcome = await TRUSTED_TOOLS.run(tool.name, context, example.arguments)

    assert not outcome.is_error, outcome.content
    expected = as_text(example.result)
    if not example.varies:
        assert outcome.content == expected or orjson.loads(outcome.content) == orjson.loads(expected)
    elif not isinstance(example.result, str):
        unknown = {"title": None, "model": None}
        told: Any = orjson.loads(outcome.content)
        wanted: Any = orjson.loads(expected)
        for name in unknown.keys() & (wanted if isinstance(wanted, dict) else {}):
            told[name] = told[name] or wanted[name]
        assert shape(told) == shape(wanted)


@each_tool
async def test_a_tool_says_which_arguments_it_does_not_know(tool: Tool):
    nothing = cast("ToolContext", None)
    outcome = await TRUSTED_TOOLS.run(tool.name, nothing, {"surely_not_a_parameter": 1})
    assert outcome.is_error
    assert "surely_not_a_parameter: Extra inputs are not permitted" in outcome.content
    assert len(outcome.content) < 500


@each_tool
def test_a_tool_tells_a_model_all_it_needs(tool: Tool):
    assert tool.description
    assert len(tool.summary) <= 120, "the first sentence is what lists show"
    assert tool.category in {family.name for family in FAMILIES}
    assert tool.facts.seconds <= 600
    parameters: Mapping[str, Any] = tool.parameters["properties"]
    assert [name for name, field in parameters.items() if not field.get("description")] == []
    assert tool.parameters["additionalProperties"] is False


@each_tool
def test_every_text_that_a_tool_takes_is_bounded(tool: Tool):
    parameters: Mapping[str, Any] = tool.parameters["properties"]
    assert [name for name, field in parameters.items() if unbounded(field)] == []


def unbounded(field: Mapping[str, Any]) -> bool:
    """Whether a text or a list may be as long as it likes."""
    if "anyOf" in field:
        return any(unbounded({**choice, **_bounds(field)}) for choice in field["anyOf"])
    if field.get("type") == "string":
        return "enum" not in field and "maxLength" not in field
    return field.get("type") == "array" and ("maxItems" not in field or unbounded(field["items"]))


def _bounds(field: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: field[name] for name in ("maxLength", "maxItems") if name in field}


def test_each_family_has_tools():
    assert {tool.category for tool in TOOLS} <= {family.name for family in FAMILIES}


def test_presets_name_families_that_exist_and_differ():
    assert set(PRESETS) == set(get_args(PresetName))
    families = {family.name for family in FAMILIES}
    assert [name for name, preset in PRESETS.items() if not (preset.families or frozenset()) <= families] == []
    assert [tool for preset in PRESETS.values() for tool in preset.tools - TRUSTED_TOOLS.by_name.keys()] == []
    offers = {name: tuple(names_of(name, TOOLS)) for name in PRESETS}
    assert len(set(offers.values())) == len(offers)
    assert all(tool_search.NAME in offer for offer in offers.values())
    assert DEFAULT in PRESETS


@pytest.mark.parametrize("limit", [1, tool_search.MOST_FOUND])
async def test_a_search_result_is_never_cut(limit: int, context: ToolContext):
    """What was found is read from the result: one that was cut could not be read."""
    longest = max(len(as_text(vars(schema))) for schema in TRUSTED_TOOLS.schemas(TRUSTED_TOOLS.by_name))
    assert longest * tool_search.MOST_FOUND < MAX_RESULT_CHARS
    outcome = await TRUSTED_TOOLS.run("tool_search", context, {"query": "text key a the of", "limit": limit})
    assert len(orjson.loads(outcome.content)["found"]) == limit


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.path.parent.name)
def test_the_documents_list_the_tools_as_they_are(document: Any):
    assert document.path.read_text() == current(document), "run `python -m actors.tool_list`"
