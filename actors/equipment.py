"""What the operator set up for tools, by the settings and what is on this machine, and which tools run with it."""

from functools import cache

from actors.toolset import TRUSTED_TOOLS
from cluster.settings import Settings
from sandbox.equipment import Equipment, Place, Thing
from sandbox.registry import Toolset
from sandbox.tools.browser.chromium import find_chromium


def equipment_of(settings: Settings) -> Equipment:
    """What there is."""
    places: dict[Thing, Place] = {}
    chromium = find_chromium()
    if chromium is not None:
        places["chromium"] = Place(where=str(chromium))
    return Equipment(places=places)


def offered(settings: Settings) -> Toolset:
    """The tools of this build that can run here."""
    return _running_with(frozenset(equipment_of(settings).places))


@cache
def _running_with(things: frozenset[Thing]) -> Toolset:
    equipment = Equipment(places={thing: Place(where="") for thing in things})
    return Toolset(tool for tool in TRUSTED_TOOLS if equipment.lack(tool.facts.needs) is None)
