"""What the operator set up for tools, by the settings and what is on this machine, and which tools run with it."""

from functools import cache

from pydantic import SecretStr

from actors.toolset import TRUSTED_TOOLS
from cluster.settings import Settings
from sandbox.equipment import Equipment, Place, Thing
from sandbox.registry import Toolset
from sandbox.tools.browser.chromium import find_chromium


def equipment_of(settings: Settings) -> Equipment:
    """What there is."""
    suno = settings.suno_api_key
    known: dict[Thing, Place | None] = {
        "chromium": _place(find_chromium()),
        "suno": _place(settings.suno_url, suno) if suno else None,
        "suno_upload": _place(settings.suno_upload_url, suno) if suno else None,
    }
    places = {thing: place for thing, place in known.items() if place is not None}
    return Equipment(places=places)


def _place(where: object, key: SecretStr | None = None) -> Place | None:
    return None if where is None else Place(where=str(where), key=key.get_secret_value() if key else None)


def offered(settings: Settings) -> Toolset:
    """The tools of this build that can run here."""
    return _running_with(frozenset(equipment_of(settings).places))


@cache
def _running_with(things: frozenset[Thing]) -> Toolset:
    equipment = Equipment(places={thing: Place(where="") for thing in things})
    return Toolset(tool for tool in TRUSTED_TOOLS if equipment.lack(tool.facts.needs) is None)
