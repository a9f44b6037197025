"""Jams: who plays what and when, and the file that all of it becomes."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from sandbox.errors import ArgumentsInvalid, ToolFailed
from sandbox.tool import Tool, ToolContext
from sandbox.tools.jams import jam_contribute, jam_create, jam_finalize, jam_listen
from sandbox.tools.midi import midi_info
from tests.sandbox.memory_files import MemoryFiles
from tests.sandbox.tools.test_midi import events


async def run(context: ToolContext, tool: Tool, arguments: Mapping[str, object]) -> Any:
    return await tool.run(context, arguments)


@pytest.fixture
async def jam(context: ToolContext) -> str:
    """A jam at one beat a second."""
    agents = ["ELYSIAN", "vajra", "Mia:rhythm"]
    return (await run(context, jam_create, {"title": "Dawn", "tempo": 60, "agents": agents, "max_rounds": 2}))[
        "session_id"
    ]


async def play(context: ToolContext, jam: str, agent: str, notes: list[str], **more: object) -> Any:
    arguments = {"session_id": jam, "agent_id": agent, "notes": notes, "duration": 1, **more}
    return await run(context, jam_contribute, arguments)


async def test_the_natives_play_when_nobody_is_named(context: ToolContext):
    told = await run(context, jam_create, {})
    assert {player["agent"]: player["role"] for player in told["participants"]} == {
        "AZOTH": "producer",
        "ELYSIAN": "melody",
        "VAJRA": "bass",
        "KETHER": "harmony",
    }


async def test_rounds_follow_each_other_and_parts_of_one_sound_together(
    context: ToolContext, files: MemoryFiles, jam: str
):
    await play(context, jam, "ELYSIAN", ["C5", "E5"])
    await play(context, jam, "vajra", ["C2", "C2", "G2"], duration=2)
    await play(context, jam, "ELYSIAN", ["G5"])
    made = await run(context, jam_finalize, {"session_id": jam})
    assert (made["note_count"], made["track_count"], made["duration_seconds"]) == (6, 2, 7.0)
    begun = [event[:3] for event in await events(context, files.contents[made["midi_file"]]) if event[1] == "note_on"]
    assert sorted(begun, key=str) == [
        [0, "note_on", 36],
        [0, "note_on", 72],
        [1, "note_on", 76],
        [2, "note_on", 36],
        [4, "note_on", 43],
        [6, "note_on", 79],
    ]


async def test_each_player_has_a_track_and_drums_the_drum_channel(context: ToolContext, jam: str):
    for agent in ("ELYSIAN", "vajra", "Mia", "somebody"):
        await play(context, jam, agent, ["C3"])
    made = await run(context, jam_finalize, {"session_id": jam})
    told = await run(context, midi_info, {"midi_file": made["midi_file"]})
    found = {track["name"]: (track["channels"], track["programs"]) for track in told["tracks"][1:]}
    assert found == {"ELYSIAN": ([1], [73]), "vajra": ([2], [33]), "Mia": ([10], [0]), "somebody": ([4], [0])}


async def test_what_was_played_is_heard(context: ToolContext, jam: str):
    assert (await run(context, jam_listen, {"session_id": jam}))["state"] == "forming"
    await play(context, jam, "ELYSIAN", ["C5", "R"], description="waiting")
    await play(context, jam, "ELYSIAN", ["D5"])
    told = await run(context, jam_listen, {"session_id": jam})
    assert (told["state"], told["current_round"], told["total_tracks"]) == ("jamming", 2, 2)
    assert [(part["round"], part["notes"]) for part in told["contributions"]] == [(1, "C5 R"), (2, "D5")]
    only = await run(context, jam_listen, {"session_id": jam, "round": 2})
    assert [part["notes"] for part in only["contributions"]] == ["D5"]


async def test_players_who_play_at_once_lose_nothing(context: ToolContext, jam: str):
    await asyncio.gather(*(play(context, jam, f"agent {number}", ["C4"]) for number in range(12)))
    told = await run(context, jam_listen, {"session_id": jam})
    assert {part["agent_id"] for part in told["contributions"]} == {f"agent {number}" for number in range(12)}


async def test_nobody_plays_in_more_rounds_than_there_are(context: ToolContext, jam: str):
    for _ in range(2):
        await play(context, jam, "ELYSIAN", ["C4"])
    with pytest.raises(ToolFailed, match="has played in all 2 rounds"):
        await play(context, jam, "ELYSIAN", ["C4"])


async def test_a_complete_jam_is_over_and_can_be_made_again(context: ToolContext, jam: str):
    await play(context, jam, "ELYSIAN", ["C4"])
    first = await run(context, jam_finalize, {"session_id": jam})
    assert (await run(context, jam_listen, {"session_id": jam}))["state"] == "complete"
    with pytest.raises(ToolFailed, match="is complete"):
        await play(context, jam, "vajra", ["C4"])
    assert await run(context, jam_finalize, {"session_id": jam}) == first


async def test_a_listening_that_is_too_long_tells_the_last_parts(context: ToolContext):
    jam = (await run(context, jam_create, {"max_rounds": 20}))["session_id"]
    for _ in range(12):
        await play(context, jam, "AZOTH", ["C#4"] * 1000)
    told = await run(context, jam_listen, {"session_id": jam})
    rounds = [part["round"] for part in told["contributions"]]
    assert rounds == list(range(13 - len(rounds), 13))
    assert told["left_out"] == 12 - len(rounds) > 0


@pytest.mark.parametrize("session_id", ["../secret", "a/b", "", "x" * 65])
async def test_an_id_that_could_be_a_path_is_refused(context: ToolContext, session_id: str):
    with pytest.raises(ArgumentsInvalid):
        await run(context, jam_listen, {"session_id": session_id})


async def test_what_cannot_be_done_is_said(context: ToolContext, files: MemoryFiles, jam: str):
    with pytest.raises(ToolFailed, match="There is no jam 'gone'"):
        await run(context, jam_listen, {"session_id": "gone"})
    with pytest.raises(ToolFailed, match="Nobody has played"):
        await run(context, jam_finalize, {"session_id": jam})
    with pytest.raises(ToolFailed, match="'H9' is no note"):
        await play(context, jam, "ELYSIAN", ["C4", "H9"])
    with pytest.raises(ToolFailed, match="is no player"):
        await run(context, jam_create, {"agents": ["Mia:tuba"]})
    files.contents[f"jams/{jam}/jam.json"] = b'{"title": 1}'
    with pytest.raises(ToolFailed, match=r"jam\.json is damaged"):
        await run(context, jam_listen, {"session_id": jam})
