"""The tools that agents have: what there is, and a try of each."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from serve import tools_wire as wire
from serve.conversations import cursors
from serve.guards import CurrentUser, OpenServices, note_allowance, within
from serve.limits import TOOLS
from serve.live.live import TheLive
from serve.tools import lists, runs
from serve.tools.execution import execute

router = APIRouter(prefix="/tools", tags=["tools"], dependencies=[within("tools")])
IdempotencyKey = Annotated[
    str | None,
    Header(min_length=1, max_length=200, description="Sent twice within a day, the tool runs once."),
]


class ToolQuery(BaseModel):
    """What to list."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    q: Annotated[str, Field(max_length=300)] | None = None
    """Words to find in names, descriptions and parameters. Best first."""
    family: Annotated[str, Field(max_length=50)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 100
    cursor: Annotated[str, Field(max_length=200)] | None = None
    """`next_cursor` of the page before."""


@router.get("")
async def list_tools(user: CurrentUser, services: OpenServices, query: Annotated[ToolQuery, Query()]) -> wire.Tools:
    """All tools by family and name; with `q` those that have the words, best first."""
    skip = cursors.count_of(query.cursor) if query.cursor else 0
    return lists.listed(services.settings, query.q, query.family, skip=skip, limit=query.limit)


@router.get("/presets")
async def tool_presets(user: CurrentUser, services: OpenServices) -> wire.ToolPresets:
    """Which tools a model can be given from the start, and what that costs. The preference `tool_preset` chooses."""
    return lists.presets(services.settings)


class RunsQuery(BaseModel):
    """Which runs to list."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    tool: Annotated[str, Field(max_length=100)] | None = None
    """Of this tool alone."""
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[str, Field(max_length=200)] | None = None
    """`next_cursor` of the page before."""


@router.get("/runs")
async def tool_runs(user: CurrentUser, services: OpenServices, query: Annotated[RunsQuery, Query()]) -> wire.ToolRuns:
    """What tools were run for you, by agents and by you, the newest first."""
    before = cursors.row_of(query.cursor) if query.cursor else None
    return await runs.listed(services.db, user, tool=query.tool, before=before, limit=query.limit)


@router.get("/{name}/schema")
async def tool_schema(
    name: Annotated[str, Path(max_length=100)], user: CurrentUser, services: OpenServices
) -> wire.ToolSchema:
    """One tool: its parameters as a JSON Schema, what it does beyond answering, and an example."""
    return lists.described(services.settings, name)


@router.post("/execute")
async def execute_tool(
    request: Request,
    command: wire.ExecuteTool,
    user: CurrentUser,
    live: TheLive,
    idempotency_key: IdempotencyKey = None,
) -> wire.ToolRun:
    """Run a tool, as an agent of yours would, and answer what came of it."""
    note_allowance(request, await live.limits.take(TOOLS, f"user:{user}"))
    return await live.errands.run(execute(live.services, user, command, idempotency_key))
