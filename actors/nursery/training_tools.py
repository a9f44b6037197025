"""Training by a service as tools: start it, see how far it is, what it costs, and stop it."""

from typing import Annotated, Literal

from pydantic import Field

from actors.nursery import job_store, jobs
from actors.nursery.job_store import Job, Status
from actors.nursery.jobs import Wish
from actors.nursery.sets import SetName
from cluster.errors import NotFound
from sandbox.equipment import Need
from sandbox.tool import Example, Facts, ToolContext, tool

TOGETHER = Need(("together",), "The operator has to set APEX_TOGETHER_API_KEY.")
TRAINER = Need(("together", "replicate"), "The operator has to set APEX_TOGETHER_API_KEY or APEX_REPLICATE_API_TOKEN.")
LLAMA = "meta-llama/Llama-3.2-3B-Instruct"
STARTS = Facts(side_effect=True, exfiltrates=True, reads_private=True, seconds=240, needs=(TRAINER,))
FOLLOWS = Facts(side_effect=True, idempotent=True, reads_private=True, seconds=90, needs=(TRAINER,))
WITH_SET = (("nursery_generate_data", {"tool_name": "reverse_string", "num_examples": 5, "output_name": "turning"}),)
TURNER = {"dataset_name": "turning", "base_model": LLAMA, "output_name": "turner"}
WITH_JOB = (*WITH_SET, ("nursery_train_cloud", TURNER))
JOB: dict[str, object] = {
    "success": True,
    "job_id": "0197a1b2-0000-7000-8000-000000000000",
    "provider_job_id": "ft-1",
    "provider": "together",
    "status": "pending",
    "dataset_name": "turning",
    "base_model": LLAMA,
    "output_name": "turner",
    "epochs": 3,
    "estimated_cost": 0.0,
    "model_name": None,
    "trainer_agent": None,
    "error": None,
    "started_at": "2026-11-23T05:06:07Z",
    "completed_at": None,
}

ModelName = Annotated[str, Field(min_length=1, max_length=200)]
OutputName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9_./-]*$")]
Epochs = Annotated[int, Field(ge=1, le=20), "How often to go through the set"]
Rate = Annotated[float, Field(gt=0, le=0.1), "Learning rate"]
JobId = Annotated[str, Field(min_length=1, max_length=100)]
Agent = Annotated[str, Field(max_length=100)]


@tool(category="nursery", facts=STARTS, example=Example(arguments=TURNER, result=JOB, varies=True, after=WITH_SET))
async def nursery_train_cloud(
    context: ToolContext,
    *,
    dataset_name: Annotated[SetName, "The training set; it is sent to the service"],
    base_model: Annotated[ModelName, "As the service names it; for Replicate owner/name:version"],
    output_name: Annotated[OutputName, "What comes of it; for Replicate owner/name of yours"],
    provider: Annotated[Literal["together", "replicate"], "Who trains"] = "together",
    epochs: Epochs = 3,
    learning_rate: Rate = 1e-05,
    lora_rank: Annotated[int, Field(ge=1, le=256), "Of the adapters"] = 16,
    agent_id: Annotated[Agent | None, "Whose training it is"] = None,
) -> dict[str, object]:
    """Have a service fine-tune a model on a training set. It costs money; nursery_estimate_cost says how much."""
    wish = Wish(
        provider=provider,
        training_set=dataset_name,
        base_model=base_model,
        output_name=output_name,
        epochs=epochs,
        learning_rate=learning_rate,
        lora_rank=lora_rank,
        agent=agent_id,
    )
    return told(await jobs.begin(context, wish))


@tool(
    category="nursery",
    facts=Facts(side_effect=True, exfiltrates=True, reads_private=True, seconds=240, needs=(TOGETHER,)),
    example=Example(arguments={"dataset_id": "turning", "suffix": "turner"}, result=JOB, varies=True, after=WITH_SET),
)
async def nursery_train(
    context: ToolContext,
    *,
    dataset_id: Annotated[SetName, "The training set, or its id; it is sent to Together"],
    base_model: Annotated[ModelName, "As Together names it"] = LLAMA,
    n_epochs: Epochs = 3,
    learning_rate: Rate = 1e-05,
    lora: Annotated[bool, "Train adapters rather than all weights"] = True,
    suffix: Annotated[OutputName | None, "What comes of it"] = None,
) -> dict[str, object]:
    """Have Together fine-tune a model on a training set. It costs money; nursery_estimate_cost says how much."""
    wish = Wish(
        provider="together",
        training_set=dataset_id,
        base_model=base_model,
        output_name=suffix or "apexaurum",
        epochs=n_epochs,
        learning_rate=learning_rate,
        lora_rank=16 if lora else None,
    )
    return told(await jobs.begin(context, wish))


@tool(
    category="nursery",
    facts=Facts(side_effect=True, exfiltrates=True, reads_private=True, seconds=240, needs=(TOGETHER,)),
    example=Example(
        arguments={"apprentice_id": "spark", "dataset_id": "turning"},
        result={**JOB, "output_name": "spark", "apprentice_name": "spark", "max_cost": 5.0},
        varies=True,
        after=(
            *WITH_SET,
            (
                "nursery_create_apprentice",
                {"master_agent": "AZOTH", "apprentice_name": "spark", "specialization": "", "auto_generate": False},
            ),
        ),
    ),
)
async def nursery_auto_train(
    context: ToolContext,
    *,
    apprentice_id: Annotated[JobId, "The apprentice, by its id or name"],
    dataset_id: Annotated[SetName | None, "Another training set than its own"] = None,
    base_model: Annotated[ModelName, "As Together names it"] = LLAMA,
    n_epochs: Epochs = 3,
    learning_rate: Rate = 1e-05,
    lora: Annotated[bool, "Train adapters rather than all weights"] = True,
    max_cost: Annotated[float, Field(gt=0, le=10_000), "USD that the estimate may come to"] = 5.0,
) -> dict[str, object]:
    """Have Together train an apprentice on its training set, if the estimate is below a price."""
    async with context.db.as_user(context.user) as conn:
        known = await job_store.apprentice(conn, apprentice_id)
    if known is None:
        raise NotFound(f"There is no apprentice {apprentice_id!r}; nursery_list_apprentices names them.")
    name, own = known
    wish = Wish(
        provider="together",
        training_set=dataset_id or own,
        base_model=base_model,
        output_name=name,
        epochs=n_epochs,
        learning_rate=learning_rate,
        lora_rank=16 if lora else None,
        apprentice=name,
        max_cost=max_cost,
    )
    return {**told(await jobs.begin(context, wish)), "apprentice_name": name, "max_cost": max_cost}


@tool(
    category="nursery",
    facts=FOLLOWS,
    example=Example(
        arguments={"job_id": "ft-1"},
        result={**JOB, "status": "completed", "model_name": "acct/turner", "completed_at": "2026-11-23T05:06:07Z"},
        varies=True,
        after=WITH_JOB,
    ),
)
async def nursery_job_status(
    context: ToolContext, *, job_id: Annotated[JobId | None, "Of the job; the newest when absent"] = None
) -> dict[str, object]:
    """Tell how far a training job is; a model that came of it goes into the register."""
    return told(await jobs.looked_up(context, await jobs.found(context, job_id)))


@tool(
    category="nursery",
    facts=Facts(idempotent=True, reads_private=True, seconds=10, needs=(TRAINER,)),
    example=Example(
        arguments={}, result={"success": True, "jobs": [JOB], "count": 1, "total": 1}, varies=True, after=WITH_JOB
    ),
)
async def nursery_list_jobs(
    context: ToolContext,
    *,
    status_filter: Annotated[Status | None, "Only those"] = None,
    limit: Annotated[int, Field(ge=1, le=100), "Most jobs, newest first"] = 20,
) -> dict[str, object]:
    """List training jobs, as they were when somebody last looked."""
    async with context.db.as_user(context.user) as conn:
        found = await job_store.listed(conn, status=status_filter, limit=limit)
        total, _ = await job_store.counts(conn)
    return {"success": True, "jobs": [told(job) for job in found], "count": len(found), "total": total}


@tool(
    category="nursery",
    facts=FOLLOWS,
    example=Example(
        arguments={"job_id": "ft-1"},
        result={**JOB, "status": "stopped", "completed_at": "2026-11-23T05:06:07Z"},
        varies=True,
        after=WITH_JOB,
    ),
)
async def nursery_stop_job(context: ToolContext, *, job_id: Annotated[JobId, "Of the job"]) -> dict[str, object]:
    """Stop a training job."""
    return told(await jobs.stopped(context, await jobs.found(context, job_id)))


def told(job: Job) -> dict[str, object]:
    """A job as models read it."""
    return {
        "success": job.status != "failed",
        "job_id": job.id,
        "provider_job_id": job.provider_job,
        "provider": job.provider,
        "status": job.status,
        "dataset_name": job.training_set,
        "base_model": job.base_model,
        "output_name": job.output_name,
        "epochs": job.epochs,
        "estimated_cost": None if job.cost_usd is None else round(job.cost_usd, 2),
        "model_name": job.model_name,
        "trainer_agent": job.agent,
        "error": job.error,
        "started_at": job.created_at,
        "completed_at": job.ended_at,
    }


TRAINING_TOOLS = (
    *(nursery_train_cloud, nursery_train, nursery_auto_train),
    *(nursery_job_status, nursery_list_jobs, nursery_stop_job),
)
