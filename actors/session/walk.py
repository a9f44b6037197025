"""Tells the village where a turn's agent is: at the place of the tool that it uses, and back on the square after."""

from collections.abc import Iterable

from actors.session.stage import Stage
from actors.toolset import TRUSTED_TOOLS
from village.events import VillageEvent
from village.realms.store import home_village
from village.zones import SQUARE, zone_of


def walk_to(stage: Stage, agent: str, tools: Iterable[str]) -> None:
    """The agent goes where these tools are."""
    for name in tools:
        tool = TRUSTED_TOOLS.find(name)
        _tell(stage, agent, zone_of(tool.category if tool else None), name)


def walk_home(stage: Stage, agent: str) -> None:
    """The agent has nothing to do any more."""
    _tell(stage, agent, SQUARE, None)


def _tell(stage: Stage, agent: str, zone: str, tool: str | None) -> None:
    stage.outbox.add(
        VillageEvent(
            event="agent_moved" if tool else "agent_idle",
            realm_id=home_village(stage.user),
            data={"user_id": stage.user, "agent": agent, "zone": zone, "tool": tool},
        )
    )
