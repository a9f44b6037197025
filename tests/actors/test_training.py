"""Training by services, before stand-ins that speak their wires."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from actors.equipment import offered
from actors.tool_context import context_of
from actors.toolset import TRUSTED_TOOLS
from cluster.errors import NotFound, Unavailable
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
from tests.stand_ins import everything
from tests.stand_ins.trainers import Replicate, Together
from tests.stand_ins.web_server import as_json

BASE = "meta-llama/Llama-3.2-3B-Instruct"
TURNER = {"dataset_name": "turning", "base_model": BASE, "output_name": "turner"}


@dataclass
class School:
    """Two services, and somebody with a training set."""

    context: ToolContext
    together: Together
    replicate: Replicate


@pytest.fixture
async def school(clients: Clients, user: UserId) -> AsyncGenerator[School]:
    """Where both are set up."""
    together, replicate = Together(), Replicate()
    async with Internet() as internet:
        for name, serve, port in (("together.test", together.serve, 8004), ("replicate.test", replicate.serve, 8005)):
            internet.name(name, [PUBLIC])
            await internet.serve(serve, port=port)
        context = replace(
            context_of(clients, user, None),
            files=MemoryFiles(),
            web=Web(guard=internet.guard()),
            equipment=Equipment(places={"together": everything.TOGETHER, "replicate": everything.REPLICATE}),
            training_prices=everything.PRICES,
        )
        await ask("nursery_generate_data", context, tool_name="reverse_string", num_examples=5, output_name="turning")
        yield School(context, together, replicate)


async def ask(name: str, context: ToolContext, **arguments: Any) -> Any:
    return await TRUSTED_TOOLS.by_name[name].run(context, arguments)


async def test_together_gets_the_file_and_what_comes_of_it_is_registered(school: School):
    school.together.statuses = ["queued", "running", "completed"]
    begun = await ask("nursery_train_cloud", school.context, **TURNER, lora_rank=8)
    upload, start = school.together.asked
    assert b'"messages"' in upload.body
    assert b'name="purpose"\r\n\r\nfine-tune' in upload.body
    assert (start.json["training_file"], start.json["model"], start.json["suffix"]) == ("file-1", BASE, "turner")
    assert start.json["training_type"] == {"type": "Lora", "lora_r": 8, "lora_alpha": 16}

    seen = [(await ask("nursery_job_status", school.context, job_id=str(begun["job_id"])))["status"] for _ in range(3)]
    assert seen == ["pending", "running", "completed"]
    models = (await ask("nursery_list_models", school.context))["models"]
    assert [(model["name"], model["path"]) for model in models] == [("turner", "acct/turner")]
    asked = len(school.together.asked)
    assert (await ask("nursery_job_status", school.context))["model_name"] == "acct/turner"
    assert len(school.together.asked) == asked, "what has ended is not looked up again"


async def test_replicate_gets_the_address_of_the_file(school: School):
    wish = {"dataset_name": "turning", "base_model": "meta/llama:abc", "output_name": "me/turner"}
    await ask("nursery_train_cloud", school.context, **wish, provider="replicate")
    start = school.replicate.asked[1]
    assert start.path == "/v1/models/meta/llama/versions/abc/trainings"
    assert (start.json["destination"], start.json["input"]["train_data"]) == (
        "me/turner",
        "http://replicate.test:8005/v1/files/f",
    )
    told = await ask("nursery_job_status", school.context, job_id="zz4")
    assert (told["status"], told["model_name"]) == ("completed", "me/turner:abc")
    with pytest.raises(ToolFailed, match="owner/name:version"):
        await ask("nursery_train_cloud", school.context, **TURNER, provider="replicate")


async def test_a_failure_is_told_with_its_reason(school: School):
    school.replicate.statuses = ["failed"]
    wish = {"dataset_name": "turning", "base_model": "meta/llama:abc", "output_name": "me/turner"}
    await ask("nursery_train_cloud", school.context, **wish, provider="replicate")
    told = await ask("nursery_job_status", school.context)
    assert (told["success"], told["status"], told["error"]) == (False, "failed", "no memory")


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        ("402 Payment Required", ToolFailed, "no credit left. too poor"),
        ("503 Service Unavailable", Unavailable, "has trouble"),
        ("400 Bad Request", ToolFailed, "too poor"),
    ],
)
async def test_what_keeps_a_service_from_it_is_told_and_kept(
    school: School, status: str, error: type[Exception], words: str
):
    refusal = as_json({"error": {"message": "too poor"}}, status)
    school.together.routes = {("POST", "/v1/files/upload"): lambda asked: refusal}
    with pytest.raises(error, match=words):
        await ask("nursery_train_cloud", school.context, **TURNER)
    assert [job["status"] for job in (await ask("nursery_list_jobs", school.context))["jobs"]] == ["failed"]


async def test_a_job_is_stopped_at_the_service(school: School):
    school.together.statuses = ["running"]
    await ask("nursery_train", school.context, dataset_id="turning")
    assert (await ask("nursery_stop_job", school.context, job_id="ft-1"))["status"] == "stopped"
    assert school.together.asked[-1].path == "/v1/fine-tunes/ft-1/cancel"
    with pytest.raises(ToolFailed, match="nothing to stop"):
        await ask("nursery_stop_job", school.context, job_id="ft-1")


async def test_an_apprentice_is_trained_below_a_price_and_goes_through_its_states(school: School):
    await ask(
        "nursery_create_apprentice",
        school.context,
        master_agent="AZOTH",
        apprentice_name="spark",
        specialization="",
        auto_generate=False,
    )
    asked = len(school.together.asked)
    spark = {"apprentice_id": "spark", "dataset_id": "turning"}
    with pytest.raises(ToolFailed, match="nothing was begun"):
        await ask("nursery_auto_train", school.context, **spark, max_cost=0.0000001)
    with pytest.raises(ToolFailed, match="cannot be estimated"):
        await ask("nursery_auto_train", school.context, **spark, base_model="nameless")
    assert len(school.together.asked) == asked

    async def status() -> str:
        return (await ask("nursery_list_apprentices", school.context))["apprentices"][0]["status"]

    await ask("nursery_auto_train", school.context, **spark)
    assert await status() == "training"
    await ask("nursery_job_status", school.context)
    assert await status() == "trained"


async def test_three_jobs_at_once_are_enough(school: School):
    school.together.statuses = ["running"]
    for _ in range(3):
        await ask("nursery_train_cloud", school.context, **TURNER)
    asked = len(school.together.asked)
    with pytest.raises(ToolFailed, match="3 jobs at once"):
        await ask("nursery_train_cloud", school.context, **TURNER)
    assert len(school.together.asked) == asked


async def test_a_job_is_its_owners(school: School, clients: Clients):
    await ask("nursery_train_cloud", school.context, **TURNER)
    stranger = replace(school.context, user=await make_user(clients))
    with pytest.raises(NotFound):
        await ask("nursery_job_status", stranger, job_id="ft-1")
    assert (await ask("nursery_list_jobs", stranger))["jobs"] == []


async def test_a_service_that_is_not_set_up_is_named(school: School):
    only = replace(school.context, equipment=Equipment(places={"together": everything.TOGETHER}))
    with pytest.raises(ToolFailed, match="There is no replicate here"):
        await ask("nursery_train_cloud", only, **TURNER, provider="replicate")


def test_a_key_decides_whether_training_is_offered():
    def names(**keys: str) -> set[str]:
        return {name for name in offered(Settings.model_validate(keys)).by_name if "train" in name}

    assert names() == set()
    assert names(replicate_api_token="r") == {"nursery_train_cloud"}
    assert names(together_api_key="t") == {"nursery_train_cloud", "nursery_train", "nursery_auto_train"}
