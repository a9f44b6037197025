"""Tools over MCP: listed as an agent would be offered them, run as `POST /tools/execute` runs them.

Whoever speaks MCP is a model somewhere else, and what it has read is not known here. Its own host asks its person, by
the hints that go with each tool; what the person has set for a tool here holds as well. Nobody can be asked over MCP,
so a tool that asks first answers that it does.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import mcp_types as mcp
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError

from actors.equipment import offered
from actors.stores import approvals
from actors.toolset import TRUSTED_TOOLS
from cluster.errors import ApexError, Unavailable
from sandbox.policy import Known, Rule, decide, rules_of
from sandbox.presets import PresetName, names_of, preset_of
from sandbox.tool import Facts, Tool
from serve import tools_wire as wire
from serve.accounts import store as accounts
from serve.limits import TOOLS
from serve.mcp.caller import Caller
from serve.tools.execution import execute

USUAL: PresetName = "village"
"""What is listed for a person who has chosen nothing: what other programs have no tools for."""
OFF = "The person has switched this tool off."
ASKS = "The person wants to be asked before this tool runs, which cannot be done over MCP. Use it on the page instead."


async def listed(caller: Caller) -> mcp.ListToolsResult:
    """The tools of the preset, without those that the person has switched off."""
    db = caller.live.services.db
    async with db.as_user(caller.user) as conn:
        chosen = (await accounts.settings(conn) or {}).get("tool_preset")
        rules = rules_of(await approvals.rules(conn))
    here = offered(caller.live.services.settings)
    preset = caller.preset or (preset_of(chosen) if chosen else USUAL)
    tools = [here.by_name[name] for name in names_of(preset, here) if rules.get(name) != "never"]
    return mcp.ListToolsResult(tools=[_shown(tool) for tool in tools])


async def called(caller: Caller, name: str, arguments: Mapping[str, Any]) -> mcp.CallToolResult:
    """What a run came to. What the tool could not do is a result for the model; only a wrong name is an error."""
    tool = TRUSTED_TOOLS.find(name)
    if tool is None:
        raise MCPError(mcp.INVALID_PARAMS, f"Unknown tool: {name[:100]}")
    live = caller.live
    try:
        refusal = await _refusal(caller, tool, arguments)
        if refusal is not None:
            return _result(refusal, is_error=True)
        command = wire.ExecuteTool(name=name, arguments=dict(arguments), conversation_id=caller.conversation)
        await live.limits.take(TOOLS, f"user:{caller.user}")
        run = await live.errands.run(execute(live.services, caller.user, command, None))
    except ValidationError:
        return _result("These arguments cannot be read.", is_error=True)
    except Unavailable:
        raise
    except ApexError as error:
        return _result(str(error), is_error=True)
    return _result(run.content, is_error=run.is_error)


def parameters_of(name: str) -> Mapping[str, Any] | None:
    """The schema of a tool's arguments."""
    tool = TRUSTED_TOOLS.find(name)
    return None if tool is None else tool.parameters


async def _refusal(caller: Caller, tool: Tool, arguments: Mapping[str, Any]) -> str | None:
    """Why the person's rules keep this from running."""
    async with caller.live.services.db.as_user(caller.user) as conn:
        rule: Rule | None = rules_of(await approvals.rules(conn)).get(tool.name)
    match decide(tool.facts_with(arguments), rule, Known()):
        case "run":
            return None
        case "ask":
            return ASKS
        case "refuse":
            return OFF


def _shown(tool: Tool) -> mcp.Tool:
    return mcp.Tool(
        name=tool.name,
        description=tool.description,
        input_schema={"type": "object", **tool.parameters},
        annotations=_hints(tool.facts),
    )


def _hints(facts: Facts) -> mcp.ToolAnnotations:
    return mcp.ToolAnnotations(
        read_only_hint=not facts.side_effect,
        destructive_hint=facts.side_effect and not facts.in_conversation,
        idempotent_hint=facts.idempotent,
        open_world_hint=facts.reads_untrusted or facts.exfiltrates,
    )


def _result(text: str, *, is_error: bool) -> mcp.CallToolResult:
    content: Sequence[mcp.TextContent] = [mcp.TextContent(text=text)]
    return mcp.CallToolResult(content=list(content), is_error=is_error)
