"""An EEG board, before a stand-in that sends its bytes."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any, cast

import orjson
import pytest

from cluster.errors import Busy
from cluster.ids import UserId, new_id
from sandbox.equipment import Equipment, Place
from sandbox.errors import ToolFailed
from sandbox.tool import Tool, ToolContext
from sandbox.tools.devices.eeg import cyton
from sandbox.tools.devices.eeg.boards import Boards
from sandbox.tools.devices.eeg.cyton import RATE, samples, synthetic
from sandbox.tools.devices.eeg.eeg_tools import (
    eeg_calibrate_baseline,
    eeg_connect,
    eeg_disconnect,
    eeg_realtime_emotion,
)
from sandbox.tools.devices.eeg.session_tools import (
    eeg_experience_get,
    eeg_list_sessions,
    eeg_stream_start,
    eeg_stream_stop,
)
from sandbox.tools.devices.eeg.signals import moment, powers
from tests.sandbox.memory_files import MemoryFiles
from tests.stand_ins.cyton import Cyton, packet, wave


@pytest.fixture
async def board() -> AsyncGenerator[Cyton]:
    """The board."""
    async with Cyton() as board:
        yield board


@pytest.fixture
async def listening(board: Cyton) -> AsyncGenerator[ToolContext]:
    """Somebody where the board is set up by its serial port."""
    nothing, boards = cast("Any", None), Boards()
    yield ToolContext(
        user=UserId(new_id()),
        conversation=None,
        db=nothing,
        files=MemoryFiles(),
        runner=nothing,
        kernels=nothing,
        browsers=nothing,
        equipment=Equipment(places={"eeg": Place(where=board.port)}),
        eeg=boards,
    )
    await boards.close()


async def ask(tool: Tool, context: ToolContext, **arguments: Any) -> Any:
    return await tool.run(context, arguments)


def test_samples_come_whole_whatever_lies_between():
    sent = packet(1, tuple(float(n) for n in range(8)))
    buffer = bytearray(b"\xa0junk\xa0" + sent + b"\x07" + packet(2, (-187500.0,) * 8) + sent[:10])
    found = list(samples(buffer))
    assert [[round(value, 1) for value in sample] for sample in found] == [list(range(8)), [-187500.0] * 8]
    assert bytes(buffer) == sent[:10], "the rest is waited for"


def test_a_band_has_the_power_that_lies_in_it():
    power = powers([value[0] for value in map(synthetic, range(RATE))])
    assert max(power, key=lambda band: power[band]) == "alpha"
    assert power["beta"] > 20 * power["theta"]


def test_more_alpha_on_the_right_is_a_better_mood_and_a_baseline_is_the_middle():
    second = [wave(number) for number in range(RATE)]
    now = moment(second)
    assert 0.7 < now.valence < 1
    assert 0 < now.arousal < 0.5
    against = moment(second, now)
    assert (against.valence, against.arousal, against.attention) == pytest.approx((0.0, 0.5, 0.5))


async def test_a_board_is_read_through_its_serial_port(listening: ToolContext, board: Cyton):
    told = await ask(eeg_connect, listening)
    assert (told["board"], told["sampling_rate"]) == ("OpenBCI V3 8-16 channel", 250)
    assert (await ask(eeg_realtime_emotion, listening))["valence"] > 0.5
    await ask(eeg_disconnect, listening)
    assert bytes(board.heard).startswith(b"svb")
    with pytest.raises(ToolFailed, match="No board is connected"):
        await ask(eeg_realtime_emotion, listening)


async def test_a_board_on_the_network_is_read_too(listening: ToolContext):
    far = Cyton()
    async with await asyncio.start_server(far.serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        there = replace(listening, equipment=Equipment(places={"eeg": Place(where=f"tcp://127.0.0.1:{port}")}))
        assert (await ask(eeg_connect, there))["success"]
        await ask(eeg_disconnect, there)
        await far.gone.wait()


async def test_a_session_is_recorded_kept_and_read_again(listening: ToolContext):
    await ask(eeg_connect, listening)
    await ask(eeg_calibrate_baseline, listening, listener_name="Mia", seconds=1)
    begun = await ask(eeg_stream_start, listening, session_name="evening", listener_name="Mia", track_title="Rain")
    assert begun["has_baseline"] is True
    with pytest.raises(ToolFailed, match="being recorded already"):
        await ask(eeg_stream_start, listening, session_name="another")
    await ask(eeg_realtime_emotion, listening)
    ended = await ask(eeg_stream_stop, listening)
    assert ended["moments_recorded"] == len(ended["experience"]) >= 1
    assert "Mia listened to Rain" in ended["narrative"]
    kept = orjson.loads(await listening.files.read(ended["saved_to"]))
    assert abs(kept["summary"]["valence"]) < 0.2, "against the baseline, the same signal is the middle"

    listed = (await ask(eeg_list_sessions, listening))["sessions"]
    assert [each["session_id"] for each in listed] == [begun["session_id"]]
    read = await ask(eeg_experience_get, listening, session_id=begun["session_id"])
    assert len(read["moments"]) == ended["moments_recorded"]


async def test_one_person_has_the_board(listening: ToolContext):
    await ask(eeg_connect, listening)
    other = replace(listening, user=UserId(new_id()))
    with pytest.raises(Busy):
        await ask(eeg_connect, other)
    with pytest.raises(ToolFailed, match="No board is connected"):
        await ask(eeg_disconnect, other)


async def test_no_other_port_is_opened(listening: ToolContext):
    with pytest.raises(ToolFailed, match="the operator has set"):
        await ask(eeg_connect, listening, serial_port="/etc/passwd")


async def test_a_board_that_is_off_is_told(listening: ToolContext, board: Cyton, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cyton, "OPEN_SECONDS", 0.05)
    board.silent = True
    with pytest.raises(ToolFailed, match="is it switched on"):
        await ask(eeg_connect, listening)
    gone = replace(listening, equipment=Equipment(places={"eeg": Place(where="/dev/no-such-port")}))
    with pytest.raises(ToolFailed, match="cannot be reached"):
        await ask(eeg_connect, gone)


async def test_a_made_up_signal_needs_no_board(listening: ToolContext):
    assert (await ask(eeg_connect, listening, board_type="synthetic"))["board"] == "made-up signal"
