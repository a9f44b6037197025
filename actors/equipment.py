"""What the operator set up for tools, by the settings and what is on this machine, and which tools run with it."""

import base64
from functools import cache

from pydantic import SecretStr

from actors.toolset import TRUSTED_TOOLS
from cluster.settings import Settings
from sandbox.equipment import Equipment, Place, Thing
from sandbox.registry import Toolset
from sandbox.tools.browser.chromium import find_chromium


def equipment_of(settings: Settings) -> Equipment:
    """What there is."""
    suno, login = settings.suno_api_key, settings.camera_login
    together, replicate = settings.together_api_key, settings.replicate_api_token
    known: dict[Thing, Place | None] = {
        "chromium": _place(find_chromium()),
        "suno": _place(settings.suno_url, suno) if suno else None,
        "suno_upload": _place(settings.suno_upload_url, suno) if suno else None,
        "camera": _place(settings.camera_urls, _basic(login) if login else None),
        "hailo": _place(settings.hailo_url),
        "eeg": _place(settings.eeg_port),
        "together": _place("https://api.together.xyz", together) if together else None,
        "replicate": _place("https://api.replicate.com", replicate) if replicate else None,
    }
    return Equipment(places={thing: place for thing, place in known.items() if place is not None})


def _basic(login: SecretStr) -> SecretStr:
    """As HTTP says it."""
    return SecretStr(base64.b64encode(login.get_secret_value().encode()).decode())


def _place(where: object, key: SecretStr | None = None) -> Place | None:
    return None if where is None else Place(where=str(where), key=key.get_secret_value() if key else None)


def offered(settings: Settings) -> Toolset:
    """The tools of this build that can run here."""
    return _running_with(frozenset(equipment_of(settings).places))


@cache
def _running_with(things: frozenset[Thing]) -> Toolset:
    equipment = Equipment(places={thing: Place(where="") for thing in things})
    return Toolset(tool for tool in TRUSTED_TOOLS if equipment.lack(tool.facts.needs) is None)
