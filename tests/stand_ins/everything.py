"""Sets all stand-ins up, for the tools' contract tests."""

from datetime import date

from cluster.training_prices import TrainingPrices
from sandbox.equipment import Equipment, Place
from tests.sandbox.internet import PUBLIC, Internet
from tests.stand_ins import camera, suno, trainers, vision

SUNO = Place(where=suno.SITE, key=suno.KEY)
CAMERA = Place(where=camera.URLS, key=camera.LOGIN)
HAILO = Place(where=vision.SITE)
TOGETHER = Place(where=trainers.TOGETHER, key=trainers.KEY)
PRICES = TrainingPrices(as_of=date(2026, 11, 1), million_tokens={"together": 1.0, "replicate": 1.0})
REPLICATE = Place(where=trainers.REPLICATE, key=trainers.KEY)


async def everything(internet: Internet, board: str) -> Equipment:
    """What an instance has where everything is set up. The board is not on the web: its port is given."""
    for name, serve, port in (
        ("suno.test", suno.Suno().serve, 8001),
        ("camera.test", camera.Camera().serve, 8002),
        ("vision.test", vision.Vision().serve, 8003),
        ("together.test", trainers.Together().serve, 8004),
        ("replicate.test", trainers.Replicate().serve, 8005),
    ):
        internet.name(name, [PUBLIC])
        await internet.serve(serve, port=port)
    return Equipment(
        places={
            "chromium": Place(where="here"),
            "suno": SUNO,
            "suno_upload": SUNO,
            "camera": CAMERA,
            "hailo": HAILO,
            "eeg": Place(where=board),
            "together": TOGETHER,
            "replicate": REPLICATE,
        }
    )
