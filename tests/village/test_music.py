"""Pieces of music that a provider makes, before one that speaks its wire."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest

from actors.equipment import equipment_of, offered
from actors.tool_context import context_of
from actors.toolset import TRUSTED_TOOLS
from cluster.errors import Busy, NotFound, Unavailable
from cluster.ids import UserId
from cluster.services import Clients
from cluster.settings import Settings
from sandbox.egress.web import Web
from sandbox.equipment import Equipment
from sandbox.errors import ToolFailed
from sandbox.tool import ToolContext
from tests.conftest import make_user
from tests.sandbox.internet import PUBLIC, Internet
from tests.sandbox.memory_files import MemoryFiles
from tests.stand_ins.everything import SUNO
from tests.stand_ins.suno import RECORDING, Suno
from village.music import songs

RAIN = {"prompt": "rain on a roof", "title": "Rain"}


@pytest.fixture
def suno(monkeypatch: pytest.MonkeyPatch) -> Suno:
    """The provider."""
    monkeypatch.setattr(songs, "POLL_SECONDS", 0.001)
    return Suno()


@pytest.fixture
async def context(clients: Clients, user: UserId, suno: Suno) -> AsyncGenerator[ToolContext]:
    """Somebody on an instance where the provider is set up."""
    async with Internet() as internet:
        internet.name("suno.test", [PUBLIC])
        await internet.serve(suno.serve, port=8001)
        await internet.serve(suno.serve, address="127.0.0.1", port=8001)
        yield replace(
            context_of(clients, user, None),
            files=MemoryFiles(),
            web=Web(guard=internet.guard()),
            equipment=Equipment(places={"suno": SUNO, "suno_upload": SUNO}),
        )


async def ask(name: str, context: ToolContext, **arguments: Any) -> Any:
    return await TRUSTED_TOOLS.by_name[name].run(context, arguments)


async def test_a_piece_is_waited_for_and_its_recordings_are_kept(context: ToolContext, suno: Suno):
    suno.statuses = ["PENDING", "TEXT_SUCCESS", "FIRST_SUCCESS", "SUCCESS"]
    made = await ask("music_generate", context, **RAIN)
    assert (made["status"], made["track_count"], made["duration"]) == ("completed", 2, 13.0)
    assert [await context.files.read(path) for path in made["audio_files"]] == [RECORDING, RECORDING]
    sent = suno.asked[0].json
    assert (sent["prompt"], sent["title"], sent["model"], sent["instrumental"]) == (RAIN["prompt"], "Rain", "V5", True)
    recordings = [asked for asked in suno.asked if asked.path.endswith(".mp3")]
    assert ["authorization" in asked.headers for asked in recordings] == [False, False], "the key stays with the API"


async def test_who_does_not_wait_looks_and_hears_the_first_track_early(context: ToolContext, suno: Suno):
    suno.statuses = ["FIRST_SUCCESS", "SUCCESS"]
    begun = await ask("music_generate", context, **RAIN, blocking=False)
    assert begun["status"] == "generating"
    early = await ask("music_status", context, task_id=str(begun["task_id"]))
    assert (early["progress"], early["audio_url"]) == ("first track ready", "http://suno.test:8001/1.mp3")
    with_result = await ask("music_result", context, task_id=str(begun["task_id"]))
    assert with_result["audio_file"] in with_result["audio_files"]
    looks = len(suno.asked)
    await ask("music_status", context, task_id=str(begun["task_id"]))
    assert len(suno.asked) == looks, "what is done is not looked up again"


@pytest.mark.parametrize("status", ["CREATE_TASK_FAILED", "GENERATE_AUDIO_FAILED", "SENSITIVE_WORD_ERROR"])
async def test_a_failure_of_the_provider_ends_the_piece(context: ToolContext, suno: Suno, status: str):
    suno.statuses = ["PENDING", status]
    made = await ask("music_generate", context, **RAIN)
    assert (made["success"], made["status"]) == (False, "failed")
    assert made["message"].startswith("The provider")
    with pytest.raises(ToolFailed, match="Rain failed"):
        await ask("music_result", context, task_id=str(made["task_id"]))


@pytest.mark.parametrize(
    ("code", "error", "words"),
    [
        (429, ToolFailed, "no credits left"),
        (430, Busy, "enough requests"),
        (455, Unavailable, "has trouble"),
        (413, ToolFailed, "refused. too long"),
    ],
)
async def test_a_refusal_is_told_and_the_piece_is_known_as_failed(
    context: ToolContext, suno: Suno, code: int, error: type[Exception], words: str
):
    suno.refuse = {"code": code, "msg": "too long"}
    with pytest.raises(error, match=words):
        await ask("music_generate", context, **RAIN)
    listed = await ask("music_list", context)
    assert [task["status"] for task in listed["tasks"]] == ["failed"]


async def test_a_wrong_key_is_told_without_it(context: ToolContext):
    wrong = replace(context, equipment=Equipment(places={"suno": replace(SUNO, key="wrong")}))
    with pytest.raises(ToolFailed, match="does not accept this instance's key") as raised:
        await ask("music_generate", wrong, **RAIN)
    assert "wrong" not in str(raised.value)


async def test_a_recording_that_is_not_there_yet_is_fetched_later(context: ToolContext, suno: Suno):
    suno.fetchable = False
    made = await ask("music_generate", context, **RAIN)
    assert (made["status"], made["audio_files"]) == ("completed", [])
    with pytest.raises(ToolFailed, match="no recording here yet"):
        await ask("music_play", context, task_id=str(made["task_id"]))
    suno.fetchable = True
    fetched = await ask("music_download", context, task_id=str(made["task_id"]))
    assert len(fetched["audio_files"]) == 2
    assert (await ask("music_play", context, task_id=str(made["task_id"])))["play_count"] == 1


async def test_a_recording_inside_the_network_is_not_fetched(
    context: ToolContext, suno: Suno, monkeypatch: pytest.MonkeyPatch
):
    """The provider's word names the address: it must not lead to what is near us."""
    monkeypatch.setattr("tests.stand_ins.suno.SITE", "http://127.0.0.1:8001")
    made = await ask("music_generate", context, **RAIN)
    assert made["audio_files"] == []
    assert [asked.path for asked in suno.asked if asked.path.endswith(".mp3")] == []


async def test_notes_are_played_uploaded_and_covered(context: ToolContext, suno: Suno, monkeypatch: pytest.MonkeyPatch):
    async def played(context: ToolContext, function: str, arguments: Any, reads: Any) -> dict[str, Any]:
        await context.files.write({arguments["output"]: b"sound"})
        return {}

    monkeypatch.setattr("village.music.tools.called", played)
    await ask("music_compose", context, midi_file="./midi/up.mid", style="choir", title="Up", audio_influence=0.8)
    upload, cover = suno.asked[:2]
    assert upload.json["base64Data"].startswith("data:audio/mpeg;base64,")
    assert (cover.path, cover.json["uploadUrl"]) == (
        "/api/v1/generate/upload-cover",
        "http://suno.test:8001/uploaded.mp3",
    )
    assert (cover.json["audioWeight"], cover.json["styleWeight"], cover.json["weirdnessConstraint"]) == (0.8, 0.5, 0.3)


async def test_the_library_filters_searches_best_first_and_counts(context: ToolContext):
    await ask("music_generate", context, prompt="a storm with rain", title="Storm", style="rock", agent_id="AZOTH")
    rain = await ask("music_generate", context, **RAIN)
    assert (await ask("music_favorite", context, task_id=str(rain["task_id"])))["favorite"] is True
    found = await ask("music_search", context, query="rain")
    assert [each["title"] for each in found["results"]] == ["Rain", "Storm"]
    loved = await ask("music_library", context, favorites_only=True)
    assert [each["title"] for each in loved["songs"]] == ["Rain"]
    assert (loved["completed_count"], loved["total_duration"]) == (2, 26.0)
    by = await ask("music_library", context, agent_id="azoth")
    assert [each["title"] for each in by["songs"]] == ["Storm"]
    assert (await ask("music_favorite", context, task_id=str(rain["task_id"])))["favorite"] is False


async def test_too_many_at_once_are_refused_before_anything_is_paid(context: ToolContext, suno: Suno):
    suno.statuses = ["PENDING"]
    for _ in range(songs.MOST_AT_ONCE):
        await ask("music_generate", context, **RAIN, blocking=False)
    asked = len(suno.asked)
    with pytest.raises(ToolFailed, match="5 pieces are being made already"):
        await ask("music_generate", context, **RAIN, blocking=False)
    assert len(suno.asked) == asked


async def test_pieces_are_their_owners(context: ToolContext, clients: Clients):
    made = await ask("music_generate", context, **RAIN)
    stranger = replace(context, user=await make_user(clients))
    for named in (str(made["task_id"]), made["suno_task_id"]):
        with pytest.raises(NotFound):
            await ask("music_status", stranger, task_id=named)
    assert (await ask("music_list", stranger))["tasks"] == []


async def test_what_the_model_does_not_take_is_told_first(context: ToolContext, suno: Suno):
    with pytest.raises(ToolFailed, match="V4 takes a style of at most 200"):
        await ask("music_generate", context, prompt="x", style="y" * 201, model="V4")
    assert suno.asked == []


def test_the_key_decides_whether_it_is_offered():
    def names(settings: Settings) -> set[str]:
        return {name for name in offered(settings).by_name if name.startswith("music_")}

    assert names(Settings()) == set()
    settings = Settings.model_validate({"suno_api_key": "k", "suno_url": "http://near:9000"})
    assert len(names(settings)) == 10
    assert (equipment_of(settings).at("suno").where, equipment_of(settings).at("suno").key) == ("http://near:9000", "k")
