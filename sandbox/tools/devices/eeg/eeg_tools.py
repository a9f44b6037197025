"""An EEG board as tools: open it, see what it shows now, learn what is usual for a listener."""

import re
from collections.abc import Mapping
from typing import Annotated

import orjson
from pydantic import Field

from cluster.errors import NotFound
from sandbox.equipment import Need
from sandbox.errors import ToolFailed
from sandbox.tool import Example, Facts, ToolContext, tool
from sandbox.tools.devices.eeg.boards import Board, BoardType
from sandbox.tools.devices.eeg.cyton import CHANNELS, RATE
from sandbox.tools.devices.eeg.signals import Moment, mean_of, moment

NEEDS = (Need(("eeg",), "The operator has to set APEX_EEG_PORT."),)
OPENS = Facts(side_effect=True, seconds=30, needs=NEEDS)
WATCHES = Facts(idempotent=True, reads_private=True, seconds=30, needs=NEEDS)
FOLDER = "eeg"
CONNECTED: tuple[tuple[str, Mapping[str, object]], ...] = (("eeg_connect", {}),)
CHILLS = 0.3
"""The share of gamma beyond which chills are possible."""
ABOUT: dict[str, object] = {
    "board": "OpenBCI V3 8-16 channel",
    "board_type": "cyton",
    "channels": 8,
    "sampling_rate": 250,
}

Listener = Annotated[str, Field(min_length=1, max_length=60)]


@tool(
    category="eeg",
    facts=OPENS,
    example=Example(arguments={}, result={"success": True, **ABOUT, "message": "The board sends."}),
)
async def eeg_connect(
    context: ToolContext,
    *,
    serial_port: Annotated[str, Field(max_length=200), "The operator's, which is taken when empty"] = "",
    board_type: Annotated[BoardType, "synthetic plays a made-up signal"] = "cyton",
) -> dict[str, object]:
    """Open the EEG board."""
    port = context.equipment.at("eeg").where
    if serial_port not in ("", port) and board_type != "synthetic":
        raise ToolFailed("The board is at the port that the operator has set; leave serial_port empty.")
    board = await context.boards.connect(context.user, port, board_type)
    await board.next_second()
    return {"success": True, **about(board), "message": "The board sends."}


@tool(
    category="eeg",
    facts=Facts(side_effect=True, idempotent=True, seconds=30, needs=NEEDS),
    example=Example(arguments={}, result={"success": True, "message": "The board is free."}, after=CONNECTED),
)
async def eeg_disconnect(context: ToolContext) -> dict[str, object]:
    """Let go of the EEG board. What is being recorded is lost; eeg_stream_stop keeps it."""
    context.boards.of(context.user)
    await context.boards.close()
    return {"success": True, "message": "The board is free."}


@tool(
    category="eeg",
    facts=WATCHES,
    example=Example(
        arguments={},
        result={
            "success": True,
            "valence": 0.1,
            "arousal": 0.4,
            "attention": 0.6,
            "engagement": 0.3,
            "possible_chills": False,
            "emotional_peak": False,
            "interpretation": "calm",
        },
        varies=True,
        after=CONNECTED,
    ),
)
async def eeg_realtime_emotion(context: ToolContext) -> dict[str, object]:
    """Tell what the next second of the signal may mean: a rule of thumb, not a measurement of a feeling."""
    board = context.boards.of(context.user)
    now = moment(await board.next_second(), board.recording.baseline if board.recording else None)
    return {"success": True, **shown(now), "interpretation": words_for(now)}


@tool(
    category="eeg",
    facts=Facts(side_effect=True, idempotent=True, reads_private=True, seconds=150, needs=NEEDS),
    example=Example(
        arguments={"listener_name": "Mia", "seconds": 2},
        result={
            "success": True,
            "listener": "Mia",
            "status": "calibrated",
            "seconds": 2,
            "baseline": {"valence": 0.1, "arousal": 0.4, "attention": 0.6, "engagement": 0.3},
            "saved_to": "eeg/baselines/mia.json",
            "message": "Sessions of Mia are compared with this from now on.",
        },
        varies=True,
        after=CONNECTED,
    ),
)
async def eeg_calibrate_baseline(
    context: ToolContext,
    *,
    listener_name: Annotated[Listener, "Who wears it"] = "listener",
    seconds: Annotated[int, Field(ge=1, le=120), "How long to watch, at rest"] = 30,
) -> dict[str, object]:
    """Learn what is usual for a listener at rest; later sessions are compared with it."""
    board = context.boards.of(context.user)
    usual = mean_of([moment(await board.next_second()) for _ in range(seconds)])
    path = baseline_path(listener_name)
    await context.files.write({path: orjson.dumps(vars(usual))})
    kept = {name: round(value, 3) for name, value in vars(usual).items() if name != "gamma"}
    return {
        "success": True,
        "listener": listener_name,
        "status": "calibrated",
        "seconds": seconds,
        "baseline": kept,
        "saved_to": path,
        "message": f"Sessions of {listener_name} are compared with this from now on.",
    }


async def baseline_of(context: ToolContext, listener: str) -> Moment | None:
    """What is usual for a listener, if it is known."""
    try:
        return Moment(**orjson.loads(await context.files.read(baseline_path(listener))))
    except (NotFound, orjson.JSONDecodeError, TypeError):
        return None


def baseline_path(listener: str) -> str:
    """Where it is kept."""
    name = re.sub(r"[^\w-]+", "_", listener.lower())
    return f"{FOLDER}/baselines/{name}.json"


def about(board: Board) -> dict[str, object]:
    """A board in words."""
    return {"board": board.said, "board_type": board.kind, "channels": CHANNELS, "sampling_rate": RATE}


def shown(now: Moment) -> dict[str, object]:
    """A moment as models read it."""
    values = {name: round(value, 3) for name, value in vars(now).items() if name != "gamma"}
    peak = abs(now.valence) > 0.6 and now.arousal > 0.6
    return {**values, "possible_chills": now.gamma > CHILLS and now.arousal > 0.5, "emotional_peak": peak}


def words_for(now: Moment) -> str:
    """A moment in a word or two."""
    if now.arousal > 0.6:
        return "joyful" if now.valence > 0.2 else "tense" if now.valence < -0.2 else "stirred"
    return "content" if now.valence > 0.2 else "melancholy" if now.valence < -0.2 else "calm"
