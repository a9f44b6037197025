"""A training job's life: estimated, begun by a service, looked up until it has ended, its model registered."""

from dataclasses import dataclass

from actors.nursery import job_store, store
from actors.nursery.costs import estimate
from actors.nursery.job_store import Job, Status, Trainer
from actors.nursery.sets import found_set
from actors.nursery.trainers import SERVICES, Lesson
from cluster.errors import ApexError, NotFound
from sandbox.errors import ToolFailed
from sandbox.tool import ToolContext

MOST_JOBS, MOST_AT_ONCE = 500, 3


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody wants trained."""

    provider: Trainer
    training_set: str | None
    base_model: str
    output_name: str
    epochs: int
    learning_rate: float
    lora_rank: int | None
    agent: str | None = None
    apprentice: str | None = None
    max_cost: float | None = None
    """USD that the estimate may come to."""


async def begin(context: ToolContext, wish: Wish) -> Job:
    """A job that the service has begun. Raises what kept it from that; a job that was written down is then failed."""
    context.equipment.at(wish.provider)
    training_set = await found_set(context, wish.training_set)
    cost = _cost(context, training_set.bytes, wish)
    if wish.max_cost is not None and (cost is None or cost > wish.max_cost):
        shown = "cannot be estimated" if cost is None else f"is estimated at {cost:.2f} USD"
        raise ToolFailed(f"Its cost {shown}, and max_cost is {wish.max_cost:.2f}: nothing was begun.")
    lesson = Lesson(
        base_model=wish.base_model,
        output_name=wish.output_name,
        examples=await context.files.read(training_set.path),
        epochs=wish.epochs,
        learning_rate=wish.learning_rate,
        lora_rank=wish.lora_rank,
    )
    asked = {**vars(wish), "training_set": training_set.name, "cost_usd": cost}
    async with context.db.as_user(context.user) as conn:
        jobs, unfinished = await job_store.counts(conn)
        if jobs >= MOST_JOBS or unfinished >= MOST_AT_ONCE:
            raise ToolFailed(f"{MOST_AT_ONCE} jobs at once, and {MOST_JOBS} in all; nursery_list_jobs names them.")
        job = await job_store.add(conn, context.user, asked)
    try:
        named = await SERVICES[wish.provider].start(context, lesson)
    except ApexError as error:
        await _went_on(context, job, "failed", error=str(error))
        raise
    return await _went_on(context, job, "pending", provider_job=named)


async def found(context: ToolContext, named: str | None) -> Job:
    """The job of that id, or the newest. Raises NotFound."""
    async with context.db.as_user(context.user) as conn:
        job = await job_store.find(conn, named)
    if job is None:
        raise NotFound("There is no such training job; nursery_list_jobs names them.")
    return job


async def looked_up(context: ToolContext, job: Job) -> Job:
    """The job as it is now: the service is asked while it has not ended; its model goes into the register."""
    if job.ended_at is not None or job.provider_job is None:
        return job
    progress = await SERVICES[job.provider].look(context, job.provider_job)
    now = await _went_on(context, job, progress.status, model_name=progress.model_name, error=progress.error)
    if now.status == "completed" and now.model_name:
        facts = dict.fromkeys(("description", "capabilities", "performance"))
        told = {**facts, "path": now.model_name, "base_model": now.base_model, "trainer": now.agent or now.provider}
        async with context.db.as_user(context.user) as conn:
            await store.put_model(conn, context.user, now.output_name, told)
    return now


async def stopped(context: ToolContext, job: Job) -> Job:
    """The job once the service was told to stop it."""
    if job.ended_at is not None or job.provider_job is None:
        raise ToolFailed(f"This job is {job.status}; there is nothing to stop.")
    await SERVICES[job.provider].stop(context, job.provider_job)
    return await _went_on(context, job, "stopped")


def _cost(context: ToolContext, size: int, wish: Wish) -> float | None:
    try:
        made = estimate(size, wish.base_model, wish.epochs, lora=wish.lora_rank is not None)
    except ToolFailed:
        return None
    prices = context.training_prices
    return None if prices is None else made.usd(prices).get(wish.provider)


async def _went_on(
    context: ToolContext,
    job: Job,
    status: Status,
    *,
    provider_job: str | None = None,
    model_name: str | None = None,
    error: str | None = None,
) -> Job:
    async with context.db.as_user(context.user) as conn:
        now = await job_store.went_on(
            conn, job.id, status, provider_job=provider_job, model_name=model_name, error=error
        )
        if job.apprentice is not None:
            await job_store.set_apprentice(conn, job.apprentice, APPRENTICE[now.status])
        return now


APPRENTICE = {
    **{"pending": "training", "running": "training", "completed": "trained"},
    **{"failed": "failed", "stopped": "dataset_ready"},
}
