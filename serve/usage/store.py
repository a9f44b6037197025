"""The sums over usage_log and tool_runs: what a person used, from a moment up to before another."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from cluster.clients.postgres import Connection, Row


async def by_day(conn: Connection, since: datetime, until: datetime) -> Sequence[Row]:
    """A row for each UTC day and model, day and agent, day and kind of work, oldest first; `by` says which it is.

    An agent without a name is the assistant.
    """
    return await conn.fetch(
        """with calls as (
               select to_char(used.created_at at time zone 'utc', 'YYYY-MM-DD') as day, used.*,
                      case when swarms.id is not null then 'swarms'
                           when councils.id is not null then 'councils'
                           when agents.id is not null then 'agents'
                           else used.endpoint end as work
               from usage_log used
               left join agents on agents.id = used.conversation_id
               left join swarms on swarms.id = agents.root_id
               left join councils on councils.id = agents.root_id
               where used.created_at >= $1 and used.created_at < $2)
           select day,
                  case when grouping(model) = 0 then 'model' when grouping(agent) = 0 then 'agent'
                       else 'work' end as by,
                  case when grouping(model) = 0 then model when grouping(agent) = 0 then agent else work end as name,
                  count(*) as calls, sum(tokens_input) as tokens_input, sum(tokens_output) as tokens_output,
                  sum(tokens_cache_read) as tokens_cache_read, sum(tokens_cache_write) as tokens_cache_write,
                  sum(cost_usd) as cost_usd
           from calls
           group by grouping sets ((day, model), (day, agent), (day, work))
           order by day, name nulls first""",
        since,
        until,
    )


async def cached(conn: Connection, since: datetime, until: datetime, long_prompts: Mapping[str, int]) -> Sequence[Row]:
    """Tokens that a cache took in or gave out: a row for each UTC day, model, and whether the prompt was a long one."""
    return await conn.fetch(
        """select (created_at at time zone 'utc')::date as day, model,
                  coalesce(tokens_input + tokens_cache_read + tokens_cache_write > long.most, false) as long,
                  sum(tokens_cache_read) as read, sum(tokens_cache_write) as written
           from usage_log left join unnest($3::text[], $4::bigint[]) as long (model, most) using (model)
           where created_at >= $1 and created_at < $2 and tokens_cache_read + tokens_cache_write > 0
           group by 1, 2, 3""",
        since,
        until,
        list(long_prompts),
        list(long_prompts.values()),
    )


async def by_tool(conn: Connection, since: datetime, until: datetime) -> Sequence[Row]:
    """The tools that ran, or were to run, the busiest first."""
    return await conn.fetch(
        """select tool, count(*) as runs, count(*) filter (where outcome = 'succeeded') as succeeded,
                  count(*) filter (where outcome = 'refused') as refused, coalesce(sum(seconds), 0) as seconds
           from tool_runs
           where ended_at >= $1 and ended_at < $2 and (running_until is null or running_until <= now())
           group by tool order by runs desc, tool limit 500""",
        since,
        until,
    )
