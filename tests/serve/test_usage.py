"""What a person used: by day, model, agent, kind of work and tool, and what the cache saved."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from cluster.ids import UserId, new_id
from cluster.models.claude import BEST, SMALL
from cluster.services import Services
from tests.serve.visitors import Visitor, assert_problem

USER = "/api/v1/user"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def used(services: Services, who: Visitor, at: datetime, model: str, tokens: int, cost: str, **more: Any) -> None:
    """A call of a model: so many plain tokens in, twice as many out, three and four times for the cache."""
    user = UserId(UUID(who.tokens["user"]["id"]))
    counts = {"read": tokens * 3, "written": tokens * 4, "agent": None, "conversation": None, "endpoint": "chat"} | more
    async with services.db.as_user(user) as conn:
        await conn.execute(
            """insert into usage_log (user_id, endpoint, model, tokens_input, tokens_output, tokens_cache_read,
                                      tokens_cache_write, cost_usd, created_at, agent, conversation_id)
               values ($1, $2, $3, $4, $4 * 2, $5, $6, $7, $8, $9, $10)""",
            user, counts["endpoint"], model, tokens, counts["read"], counts["written"], Decimal(cost), at,
            counts["agent"], counts["conversation"],
        )  # fmt: skip


async def agent_under(services: Services, who: Visitor, top: str | None) -> UUID:
    """An agent at work, of its own or two levels below a swarm or a council."""
    user, id, root = UserId(UUID(who.tokens["user"]["id"])), new_id(), new_id()
    async with services.db.as_user(user) as conn:
        for budget in (id, root):
            await conn.execute(
                """insert into budgets (id, user_id, root_id, depth, fan_out, agents, usd, tokens, deadline)
                   values ($1, $2, $3, 1, 1, 1, 1, 1, now())""",
                budget, user, root,
            )  # fmt: skip
        if top == "swarm":
            await conn.execute(
                """insert into swarms (id, user_id, idempotency_key, name, options, parallelism)
                   values ($1, $2, 'k', 'many', '{}', 1)""",
                root, user,
            )  # fmt: skip
        if top == "council":
            await conn.execute(
                """insert into councils (id, user_id, idempotency_key, question, max_rounds)
                   values ($1, $2, 'k', 'why?', 1)""",
                root, user,
            )  # fmt: skip
        await conn.execute(
            """insert into agents (id, user_id, idempotency_key, root_id, level, agent_type, task)
               values ($1, $2, $3, $4, 2, 'general', 'work')""",
            id, user, str(id), root if top else id,
        )  # fmt: skip
    return id


async def ran(services: Services, who: Visitor, tool: str, outcome: str, *, running: bool = False) -> None:
    """A run of a tool, of two seconds."""
    user = UserId(UUID(who.tokens["user"]["id"]))
    async with services.db.as_user(user) as conn:
        await conn.execute(
            """insert into tool_runs (id, user_id, tool, arguments, arguments_hash, outcome, content, seconds, ended_at,
                                      running_until)
               values ($1, $2, $3, '{}', '', $4, '', 2, $5, case when $6 then now() + interval '1 hour' end)""",
            new_id(), user, tool, outcome, NOON, running,
        )  # fmt: skip


async def usage_of(who: Visitor) -> dict[str, Any]:
    """What the day of NOON came to."""
    day = NOON.date().isoformat()
    return (await who.http.get(f"{USER}/usage", params={"from": day, "to": day})).json()


async def test_usage_is_summed_by_day_and_model(services: Services, ada: Visitor, bob: Visitor):
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    await used(services, ada, noon, "large", 10, "0.10000001")
    await used(services, ada, noon + timedelta(hours=1), "large", 5, "0.20000002")
    await used(services, ada, noon, "small", 1, "0.00000001")
    await used(services, ada, noon.replace(hour=23, minute=59, day=3), "large", 7, "1")
    await used(services, ada, noon.replace(hour=0, day=4), "large", 100, "9")
    await used(services, bob, noon, "large", 1000, "9")
    answer = await ada.http.get(f"{USER}/usage", params={"from": "2026-03-02", "to": "2026-03-03"})
    usage = answer.json()
    assert [(row["day"], row["model"], row["calls"], row["tokens_input"]) for row in usage["rows"]] == [
        ("2026-03-02", "large", 2, 15),
        ("2026-03-02", "small", 1, 1),
        ("2026-03-03", "large", 1, 7),
    ]
    assert usage["rows"][0]["cost_usd"] == pytest.approx(0.30000003, abs=1e-12)
    assert usage["tokens_input"] == 23
    assert (usage["tokens_output"], usage["tokens_cache_read"], usage["tokens_cache_write"]) == (46, 69, 92)
    assert usage["cost_usd"] == pytest.approx(1.30000004, abs=1e-12)


async def test_usage_without_dates_is_the_last_month(services: Services, ada: Visitor):
    await used(services, ada, datetime.now(UTC), "large", 3, "0.5")
    await used(services, ada, datetime.now(UTC) - timedelta(days=40), "large", 100, "9")
    usage = (await ada.http.get(f"{USER}/usage")).json()
    assert (usage["tokens_input"], usage["cost_usd"]) == (3, 0.5)


@pytest.mark.parametrize(
    "dates",
    [{"from": "2026-02-30"}, {"from": "2026-03-02", "to": "2026-03-01"}, {"from": "2020-01-01", "to": "2026-01-01"},
     {"to": "0001-01-01"}, {"to": "9999-12-31"}, {"from": "x" * 10_000}],
    ids=["no such day", "backwards", "too long", "before time", "after time", "nonsense"],
)  # fmt: skip
async def test_dates_that_make_no_sense_are_422(ada: Visitor, dates: dict[str, str]):
    assert_problem(await ada.http.get(f"{USER}/usage", params=dates), 422, "invalid")


async def test_usage_is_divided_by_agent_and_by_kind_of_work(services: Services, ada: Visitor):
    own, swarm, council = [await agent_under(services, ada, top) for top in (None, "swarm", "council")]
    await used(services, ada, NOON, "large", 1, "0.1")
    await used(services, ada, NOON, "small", 2, "0.2", agent="AZOTH", endpoint="title")
    await used(services, ada, NOON, "large", 4, "0.4", agent="AZOTH", conversation=own)
    await used(services, ada, NOON, "large", 8, "0.8", agent="VAJRA", conversation=swarm)
    await used(services, ada, NOON, "large", 16, "1.6", conversation=council)
    await used(services, ada, NOON, "large", 32, "3.2", conversation=new_id())
    usage = await usage_of(ada)
    assert [(part["name"], part["calls"], part["tokens_input"]) for part in usage["agents"]] == [
        (None, 3, 49),
        ("AZOTH", 2, 6),
        ("VAJRA", 1, 8),
    ]
    work = {part["name"]: part["tokens_input"] for part in usage["work"]}
    assert work == {"chat": 33, "title": 2, "agents": 4, "swarms": 8, "councils": 16}
    for by in ("rows", "agents", "work"):
        assert sum(part["cost_usd"] for part in usage[by]) == pytest.approx(usage["cost_usd"], abs=1e-12)


async def test_tools_are_counted_by_how_they_ended(services: Services, ada: Visitor, bob: Visitor):
    for outcome in ("succeeded", "succeeded", "failed", "refused"):
        await ran(services, ada, "web_search", outcome)
    await ran(services, ada, "calculator", "succeeded")
    await ran(services, ada, "calculator", "interrupted", running=True)
    await ran(services, bob, "calculator", "succeeded")
    assert (await usage_of(ada))["tools"] == [
        {"tool": "web_search", "runs": 4, "succeeded": 2, "refused": 1, "seconds": 8.0},
        {"tool": "calculator", "runs": 1, "succeeded": 1, "refused": 0, "seconds": 2.0},
    ]


async def test_the_cache_saves_what_reading_costs_less_and_costs_what_writing_costs_more(
    services: Services, ada: Visitor
):
    # Sonnet 5.5: 2 USD a million plain, 0.10 read, 2.50 written.
    await used(services, ada, NOON, BEST, 1, "0", read=1_000_000, written=100_000)
    assert (await usage_of(ada))["cache_saved_usd"] == pytest.approx(1.9 - 0.05, abs=1e-12)


async def test_the_cache_is_reckoned_by_the_rates_of_the_day_and_of_the_prompts_length(
    services: Services, ada: Visitor
):
    # Haiku 5.5 over 100,000 tokens: 0.50 plain, 0.05 read; else 0.10 and 0.01. Sonnet 5.5 until 6 October: 0.20 read.
    await used(services, ada, NOON, SMALL, 1, "0", read=100_000, written=0)
    await used(services, ada, NOON, SMALL, 0, "0", read=100_000, written=0)
    assert (await usage_of(ada))["cache_saved_usd"] == pytest.approx(0.045 + 0.009, abs=1e-12)
    await used(services, ada, datetime(2026, 10, 6, tzinfo=UTC), BEST, 1, "0", read=1_000_000, written=0)
    before = await ada.http.get(f"{USER}/usage", params={"from": "2026-10-01", "to": "2026-10-31"})
    assert before.json()["cache_saved_usd"] == pytest.approx(1.8, abs=1e-12)


async def test_tokens_of_a_model_without_a_price_are_told_apart(services: Services, ada: Visitor):
    await used(services, ada, NOON, "gone", 1, "0", read=70, written=5)
    usage = await usage_of(ada)
    assert (usage["cache_saved_usd"], usage["cache_unpriced_tokens"]) == (0, 70)
