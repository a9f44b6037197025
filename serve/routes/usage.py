"""What the signed-in person used."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from cluster.clients.postgres import Row
from cluster.errors import Invalid
from cluster.models.claude import CLAUDE
from serve import usage_wire
from serve.guards import CurrentUser, OpenServices, within
from serve.usage import store
from serve.usage.savings import Savings, long_prompts, saved

router = APIRouter(prefix="/user", tags=["user"], dependencies=[within("preferences")])
LONGEST = timedelta(days=366)
USUAL = timedelta(days=29)
Day = Annotated[date | None, Field(ge=date(2000, 1, 1), le=date(2999, 12, 31))]


@router.get("/usage")
async def usage(
    user: CurrentUser,
    services: OpenServices,
    since: Annotated[Day, Query(alias="from", description="First day (UTC); 29 days before `to` when absent.")] = None,
    until: Annotated[Day, Query(alias="to", description="Last day (UTC); today when absent.")] = None,
) -> usage_wire.Usage:
    """Tokens and cost, in all and by day and model, agent, kind of work; and tools. As the provider counted."""
    last = until or datetime.now(UTC).date()
    first = since or last - USUAL
    if not first <= last <= first + LONGEST:
        raise Invalid("`from` is at most one year before `to`")
    begin, end = (datetime.combine(day, time(), UTC) for day in (first, last + timedelta(days=1)))
    cards = {card.id: card for card in (*CLAUDE, *services.models.cards())}
    async with services.db.as_user(user) as conn:
        rows = await store.by_day(conn, begin, end)
        cached = await store.cached(conn, begin, end, long_prompts(cards.values()))
        tools = await store.by_tool(conn, begin, end)
    return _usage(rows, saved(cached, cards), tools)


def _usage(rows: Sequence[Row], savings: Savings, tools: Sequence[Row]) -> usage_wire.Usage:
    by_model = [dict(row) for row in rows if row["by"] == "model"]
    models = [usage_wire.UsageRow.model_validate(row | {"model": row["name"]}) for row in by_model]
    return usage_wire.Usage(
        tokens_input=sum(row.tokens_input for row in models),
        tokens_output=sum(row.tokens_output for row in models),
        tokens_cache_read=sum(row.tokens_cache_read for row in models),
        tokens_cache_write=sum(row.tokens_cache_write for row in models),
        cost_usd=sum((row.cost_usd for row in models), Decimal(0)),
        cache_saved_usd=savings.usd,
        cache_unpriced_tokens=savings.unpriced_tokens,
        rows=models,
        agents=_parts(rows, "agent"),
        work=_parts(rows, "work"),
        tools=[usage_wire.ToolUsage.model_validate(dict(row)) for row in tools],
    )


def _parts(rows: Sequence[Row], by: str) -> list[usage_wire.UsagePart]:
    return [usage_wire.UsagePart.model_validate(dict(row)) for row in rows if row["by"] == by]
