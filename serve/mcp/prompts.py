"""Agents over MCP: each persona is a prompt that another program's model can take on."""

import mcp_types as mcp

from cluster.errors import NotFound
from serve.mcp.caller import Caller
from village.agents import store as agents
from village.agents.profile import Profile

TASK = mcp.PromptArgument(name="task", description="What the agent is asked.", required=False)


async def listed(caller: Caller) -> mcp.ListPromptsResult:
    """The agents that have a persona."""
    async with caller.live.services.db.as_user(caller.user) as conn:
        profiles = [profile for profile in await agents.all_of(conn) if profile.persona]
    return mcp.ListPromptsResult(prompts=[_shown(profile) for profile in profiles])


async def got(caller: Caller, name: str, task: str) -> mcp.GetPromptResult:
    """An agent's persona, and the task after it. Raises NotFound."""
    async with caller.live.services.db.as_user(caller.user) as conn:
        profile = await agents.find(conn, name)
    if profile is None or not profile.persona:
        raise NotFound("there is no agent of this name with a persona")
    text = f"{profile.persona}\n\n{task}".rstrip()
    message = mcp.PromptMessage(role="user", content=mcp.TextContent(text=text))
    return mcp.GetPromptResult(description=profile.specialization or None, messages=[message])


def _shown(profile: Profile) -> mcp.Prompt:
    return mcp.Prompt(
        name=profile.agent,
        title=profile.display_name,
        description=profile.specialization or None,
        arguments=[TASK],
    )
