"""Several compose one piece: each plays parts in rounds, hears the others, and in the end all becomes one MIDI file."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from sandbox import jailed
from sandbox.errors import ToolFailed
from sandbox.tool import Example, Facts, ToolContext, tool
from sandbox.tools.jam_files import (
    FOLDER,
    Jam,
    Mode,
    Name,
    Part,
    Player,
    Role,
    jam_of,
    keep_jam,
    keep_part,
    new_name,
    parts_of,
    played,
)
from sandbox.tools.midi import midi_create, midi_diagnostic, midi_info, midi_to_audio, slug
from sandbox.tools.pitches import Notes, Timed, in_time, pitches

ROLES: dict[str, Role] = {"AZOTH": "producer", "ELYSIAN": "melody", "VAJRA": "bass", "KETHER": "harmony"}
PROGRAMS: dict[Role, int] = {"producer": 89, "melody": 73, "bass": 33, "harmony": 48, "rhythm": 0, "free": 0}
"""General MIDI's instruments."""
ROLE_NAMES: dict[str, Role] = {role: role for role in PROGRAMS}
FREE: Role = "free"
DRUMS = 9
CHANNELS = [channel for channel in range(16) if channel != DRUMS]
MOST_TOLD = 30_000
"""Characters of parts that one listening tells."""
ID, PART = "01a20900-0000-7000-8000-000000000000", "01a20900-0000-7000-8000-000000000001"
DAWN = Jam(
    session_id=ID,
    title="Dawn",
    style="ambient",
    tempo=90,
    key="C",
    mode="jam",
    participants=[Player(agent="ELYSIAN", role="melody")],
    max_rounds=5,
    inspiration="",
)
RISING = Part(
    track_id=PART,
    agent_id="ELYSIAN",
    role="melody",
    round=1,
    description="rising",
    notes=["C4", "E4", 67],
    duration=0.5,
    velocity=100,
)
STARTED = {f"{FOLDER}/{ID}/jam.json": DAWN.model_dump_json().encode()}
PLAYED = {**STARTED, f"{FOLDER}/{ID}/{PART}.json": RISING.model_dump_json().encode()}

SessionId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\w-]+$")]
Session = Annotated[SessionId, "The jam's id"]


@tool(
    category="music",
    facts=Facts(side_effect=True, seconds=15),
    example=Example(
        arguments={"title": "Dawn", "tempo": 90, "agents": ["ELYSIAN", "Mia:rhythm"]},
        result={
            "session_id": ID,
            "title": "Dawn",
            "style": "",
            "tempo": 90,
            "key": "C",
            "mode": "jam",
            "participants": [{"agent": "ELYSIAN", "role": "melody"}, {"agent": "Mia", "role": "rhythm"}],
            "max_rounds": 5,
        },
        varies=True,
    ),
)
async def jam_create(
    context: ToolContext,
    *,
    title: Annotated[str, Field(min_length=1, max_length=100), "Of the piece"] = "Untitled Jam",
    style: Annotated[str, Field(max_length=1000), "Such as ethereal ambient"] = "",
    tempo: Annotated[int, Field(ge=10, le=400), "Beats a minute"] = 120,
    key: Annotated[str, Field(min_length=1, max_length=20), "Such as C, Am or F#m"] = "C",
    mode: Annotated[Mode, "The user directs, all play together, or agents are free"] = "jam",
    agents: Annotated[
        list[Name] | None,
        Field(min_length=1, max_length=12),
        "Who plays; Mia:bass gives a role (producer, melody, bass, harmony, rhythm, free). The four natives if absent",
    ] = None,
    max_rounds: Annotated[int, Field(ge=1, le=20), "How often each may play"] = 5,
    inspiration: Annotated[str, Field(max_length=2000), "What it is to be about"] = "",
) -> dict[str, object]:
    """Open a jam in which several agents compose a piece together."""
    jam = Jam(
        session_id=new_name(),
        title=title,
        style=style,
        tempo=tempo,
        key=key,
        mode=mode,
        participants=[_player(agent) for agent in dict.fromkeys(agents or ROLES)],
        max_rounds=max_rounds,
        inspiration=inspiration,
    )
    await keep_jam(context, jam)
    return jam.model_dump(exclude={"complete", "inspiration"})


@tool(
    category="music",
    facts=Facts(side_effect=True, reads_private=True, seconds=30),
    example=Example(
        arguments={"session_id": ID, "agent_id": "ELYSIAN", "notes": ["C4", "E4", "G4"], "description": "rising"},
        result={
            "track_id": ID,
            "agent_id": "ELYSIAN",
            "role": "melody",
            "note_count": 3,
            "round": 1,
            "total_contributions": 1,
        },
        varies=True,
        files=STARTED,
    ),
)
async def jam_contribute(
    context: ToolContext,
    *,
    session_id: Session,
    notes: Annotated[Notes, 'In order: 60 or "C4", "F#3"; "C4+E4+G4" for a chord; "R" or 0 for a rest'],
    description: Annotated[str, Field(max_length=1000), "What it is meant to be"] = "",
    duration: Annotated[float, Field(ge=0.03, le=64), "Of each note, in beats"] = 0.5,
    velocity: Annotated[int, Field(ge=1, le=127), "How hard they are struck"] = 100,
    agent_id: Annotated[Name, "Who plays"] = "GUEST",
) -> dict[str, object]:
    """Play a part in a jam: one's next round, heard together with the others of that round."""
    jam = await jam_of(context, session_id)
    if jam.complete:
        raise ToolFailed("This jam is complete; jam_create opens another.")
    for note in notes:
        pitches(note)
    before = played(await parts_of(context, session_id))[agent_id]
    if before >= jam.max_rounds:
        raise ToolFailed(f"{agent_id} has played in all {jam.max_rounds} rounds; jam_finalize makes the piece.")
    part = Part(
        track_id=new_name(),
        agent_id=agent_id,
        role=_role_in(jam, agent_id),
        round=before + 1,
        description=description,
        notes=list(notes),
        duration=duration,
        velocity=velocity,
    )
    await keep_part(context, session_id, part)
    return {
        "track_id": part.track_id,
        "agent_id": agent_id,
        "role": part.role,
        "note_count": len(notes),
        "round": part.round,
        "total_contributions": before + 1,
    }


@tool(
    category="music",
    facts=Facts(idempotent=True, reads_private=True, seconds=30),
    example=Example(
        arguments={"session_id": ID},
        result={
            "session_id": ID,
            "title": "Dawn",
            "style": "ambient",
            "tempo": 90,
            "key": "C",
            "inspiration": "",
            "current_round": 1,
            "state": "jamming",
            "participants": [{"agent": "ELYSIAN", "role": "melody", "contributions": 1}],
            "contributions": [
                {
                    "track_id": PART,
                    "agent_id": "ELYSIAN",
                    "role": "melody",
                    "round": 1,
                    "description": "rising",
                    "duration": 0.5,
                    "velocity": 100,
                    "notes": "C4 E4 67",
                }
            ],
            "total_tracks": 1,
            "left_out": 0,
        },
        files=PLAYED,
    ),
)
async def jam_listen(
    context: ToolContext,
    *,
    session_id: Session,
    round: Annotated[int | None, Field(ge=1, le=50), "Only this one; all when absent"] = None,
) -> dict[str, object]:
    """Hear what was played in a jam so far."""
    jam = await jam_of(context, session_id)
    parts = await parts_of(context, session_id)
    wanted = [part for part in parts if round is None or part.round == round]
    told: list[dict[str, Any]] = []
    room = MOST_TOLD
    for part in reversed(wanted):
        room -= len(part.model_dump_json())
        if room < 0:
            break
        told.append({**part.model_dump(exclude={"notes"}), "notes": " ".join(map(str, part.notes))})
    count = played(parts)
    return {
        **jam.model_dump(include={"session_id", "title", "style", "tempo", "key", "inspiration"}),
        "current_round": max(count.values(), default=0),
        "state": _state(jam, parts),
        "participants": [
            {"agent": name, "role": _role_in(jam, name), "contributions": count[name]} for name in _players(jam, parts)
        ],
        "contributions": told[::-1],
        "total_tracks": len(parts),
        "left_out": len(wanted) - len(told),
    }


@tool(
    category="music",
    facts=Facts(idempotent=True, side_effect=True, reads_private=True, seconds=60),
    example=Example(
        arguments={"session_id": ID},
        result={
            "midi_file": "midi/dawn-000000.mid",
            "note_count": 3,
            "track_count": 1,
            "duration_seconds": 1.0,
            "audio_influence": 0.5,
            "style": "ambient",
            "title": "Dawn",
            "participants": ["ELYSIAN"],
        },
        files=PLAYED,
    ),
)
async def jam_finalize(
    context: ToolContext,
    *,
    session_id: Session,
    audio_influence: Annotated[float, Field(ge=0, le=1), "How closely a music model should follow it later"] = 0.5,
    style_override: Annotated[str, Field(max_length=1000), "Instead of the jam's style"] = "",
    title_override: Annotated[str, Field(max_length=100), "Instead of its title"] = "",
) -> dict[str, object]:
    """Make one MIDI file of a jam: a track for each player, round after round. midi_to_audio lets it be heard."""
    jam = await jam_of(context, session_id)
    parts = await parts_of(context, session_id)
    tracks = _tracks(jam, parts)
    if not any(track["notes"] for track in tracks):
        raise ToolFailed("Nobody has played a note yet.")
    title = title_override or jam.title
    output = f"midi/{slug(title)}-{session_id[-6:]}.mid"
    arguments = {"output": output, "title": title, "tempo": jam.tempo, "tracks": tracks}
    made = await jailed.call(context, "notes.write", arguments)
    await keep_jam(context, jam.model_copy(update={"complete": True}))
    return {
        "midi_file": output,
        "note_count": sum(len(track["notes"]) for track in tracks),
        "track_count": len(tracks),
        "duration_seconds": made.value["seconds"],
        "audio_influence": audio_influence,
        "style": style_override or jam.style,
        "title": title,
        "participants": [track["name"] for track in tracks],
    }


def _player(agent: str) -> Player:
    name, _, role = agent.partition(":")
    found = ROLES.get(name.strip().upper(), FREE) if not role else ROLE_NAMES.get(role.strip().lower())
    if not name.strip() or found is None:
        raise ToolFailed(
            f"{agent!r} is no player; write a name, or a name and one of {', '.join(ROLE_NAMES)}: Mia:bass."
        )
    return Player(agent=name.strip(), role=found)


def _role_in(jam: Jam, agent: str) -> Role:
    roles: dict[str, Role] = {player.agent: player.role for player in jam.participants}
    return roles.get(agent, FREE)


def _players(jam: Jam, parts: Sequence[Part]) -> list[str]:
    return list(dict.fromkeys([*(player.agent for player in jam.participants), *(part.agent_id for part in parts)]))


def _state(jam: Jam, parts: Sequence[Part]) -> str:
    return "complete" if jam.complete else "jamming" if parts else "forming"


def _tracks(jam: Jam, parts: Sequence[Part]) -> list[dict[str, Any]]:
    """A track for each who played. A round begins when the longest part of the round before has ended."""
    begins: dict[int, float] = {}
    at = 0.0
    for number in sorted({part.round for part in parts}):
        begins[number] = at
        at += max(part.beats for part in parts if part.round == number)
    notes: dict[str, list[Timed]] = {}
    for part in parts:
        timed = in_time(part.notes, part.duration, part.velocity)
        moved = [(pitch, begins[part.round] + start, length, force) for pitch, start, length, force in timed]
        notes.setdefault(part.agent_id, []).extend(moved)
    tracks: list[dict[str, Any]] = []
    for place, agent in enumerate(notes):
        role = _role_in(jam, agent)
        channel = DRUMS if role == "rhythm" else CHANNELS[place % len(CHANNELS)]
        tracks.append({"name": agent, "channel": channel, "program": PROGRAMS[role], "notes": notes[agent]})
    return tracks


MUSIC_TOOLS = (
    midi_create,
    midi_info,
    midi_to_audio,
    midi_diagnostic,
    jam_create,
    jam_contribute,
    jam_listen,
    jam_finalize,
)
