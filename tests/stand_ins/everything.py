"""Sets all stand-ins up, for the tools' contract tests."""

from sandbox.equipment import Equipment, Place
from tests.sandbox.internet import PUBLIC, Internet
from tests.stand_ins import suno

SUNO = Place(where=suno.SITE, key=suno.KEY)


async def everything(internet: Internet) -> Equipment:
    """What an instance has where everything is set up."""
    internet.name("suno.test", [PUBLIC])
    await internet.serve(suno.Suno().serve, port=8001)
    return Equipment(places={"chromium": Place(where="here"), "suno": SUNO, "suno_upload": SUNO})
