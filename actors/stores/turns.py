"""The SQL of table turns: commands that are durable, and how far each has come.

A turn row is written before anybody is told that a message was accepted, and holds all that is needed to run it:
`options` keeps the message's text until the turn starts, since only then is it known what the message follows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from actors.stores.conversations import Conversation
from cluster.clients.postgres import Connection, Row
from cluster.errors import Unavailable
from cluster.ids import ConversationId, MessageId, TurnId

Json = dict[str, Any]
FORMAT = 2
"""How options and steps are to be read, at most. Raised when older code would misread them; old ones stay readable."""
PLAIN, ASKS = 1, 2
"""The formats: a turn's row as it is made; one that has asked the person, which older code would not wait for."""


@dataclass(frozen=True, kw_only=True)
class NewTurn:
    """A command that is to become durable. `create` makes the conversation when it is not there."""

    id: TurnId
    conversation_id: ConversationId
    idempotency_key: str
    user_message_id: MessageId
    options: Json
    create: bool
    parent_id: MessageId | None
    attachments: Sequence[UUID]
    most_unfinished: int
    most_of_user: int


@dataclass(frozen=True, kw_only=True)
class Acceptance:
    """What became of a command. `turn_id` is None when it was not accepted; the other fields say why."""

    turn_id: TurnId | None
    conversation_id: ConversationId | None
    user_message_id: MessageId | None
    seq: str | None
    repeated: bool
    created: bool
    at_home: bool
    parent_found: bool
    attachments_found: int
    unfinished: int
    unfinished_of_user: int


@dataclass(frozen=True, kw_only=True)
class StartedTurn:
    """A turn that runs from now on, with what its user and its conversation want."""

    id: TurnId
    user_message_id: MessageId
    idempotency_key: str
    options: Json
    attempts: int
    attempts_in_vain: int
    """Attempts since a step was committed last, this one included."""
    seconds_worked: float
    crashes: int
    """Hosts in a row that died with unfinished work of the conversation's."""
    crashes_alone: int
    """Those among them that carried nothing else."""
    crashed: bool
    """Whether one died since the turn was begun last."""
    alone: bool
    """Whether the conversation has a host of its own now."""
    started_before: bool
    in_good_order: bool
    """Whether it was left so: by a host that stopped, or to wait for a person."""
    stop_requested_at: datetime | None
    preferences: Json
    conversation: Conversation
    titled_by: str
    persona: str | None
    """What its agent is told about itself, if the user summoned that agent."""
    has_village: bool
    """Whether the person may read any realm, so that there may be something to remember."""


async def accept(conn: Connection, new: NewTurn) -> Acceptance:
    """Make a command durable, in one statement. The same idempotency key answers with the turn that it made before.

    The caller holds the conversation's placement, so that the count of its unfinished turns cannot be outrun. The count
    of the user's can, by as many commands as are being made durable at the same time. Turns are numbered by
    `created_at`, which goes on even where the clock is set back: a turn that waits never overtakes one that runs.
    """
    row = await conn.fetchrow(
        """with known as (
               select id, conversation_id, user_message_id, options->>'seq' as seq from turns where idempotency_key = $3
           ), there as (
               select id from conversations where id = $2 and deleted_at is null and kind = 'chat'
           ), made as (
               insert into conversations (id, user_id)
               select $2, app_user() where $6 and not exists (select 1 from there) and not exists (select 1 from known)
               on conflict do nothing returning id
           ), home as (
               select id from there union all select id from made
           ), parent as (
               select ($7::uuid is null or exists (
                   select 1 from messages where id = $7 and conversation_id = $2)) as found
           ), files as (
               select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'name', a.name, 'media_type', a.media_type,
                          'kind', a.kind, 'size', a.size) order by asked.place), '[]') as listed, count(*) as found
                 from unnest($8::uuid[]) with ordinality as asked (id, place) join attachments a on a.id = asked.id
           ), queue as (
               select count(*) filter (where conversation_id = $2) as waiting,
                      count(*) filter (where not options ? 'assignment') as of_user
                 from turns
                where user_id = app_user() and status in ('queued', 'running')
           ), newest as (
               select max(created_at) as created_at from turns where conversation_id = $2 and user_id = app_user()
           ), added as (
               insert into turns (id, user_id, conversation_id, idempotency_key, user_message_id, version, options,
                                  created_at)
               select $1, app_user(), home.id, $3, $4, $11, $5 || jsonb_build_object('attachments', files.listed),
                      greatest(clock_timestamp(), newest.created_at + interval '1 microsecond')
                 from home, parent, files, queue, newest
                where not exists (select 1 from known) and parent.found and files.found = cardinality($8::uuid[])
                  and queue.waiting < $9 and queue.of_user < $10
               on conflict (user_id, idempotency_key) do nothing
               returning id, conversation_id, user_message_id, options->>'seq' as seq
           ), outcome as (
               select *, true as repeated from known union all select *, false from added
           )
           select outcome.id as turn_id, outcome.conversation_id, outcome.user_message_id, outcome.seq,
                  coalesce(outcome.repeated, false) as repeated, exists (select 1 from made) as created,
                  exists (select 1 from home) as at_home, parent.found as parent_found,
                  files.found as attachments_found, queue.waiting as unfinished, queue.of_user as unfinished_of_user
             from parent cross join files cross join queue left join outcome on true""",
        new.id, new.conversation_id, new.idempotency_key, new.user_message_id, new.options, new.create, new.parent_id,
        new.attachments, new.most_unfinished, new.most_of_user, PLAIN,
    )  # fmt: skip
    assert row is not None
    return Acceptance(**dict(row))


async def start(conn: Connection, conversation: ConversationId, *, durably: bool = False) -> StartedTurn | None:
    """Begin the oldest unfinished turn, or take it up again: puts the person's message where the branch ends.

    Its options keep the person's tool preset of that moment: another incarnation is to offer the same tools.
    None when there is none, and while the oldest waits for the person's word.

    Unless `durably`, the commit does not wait for the disk: should the server die, the turn is simply started again.
    Raises Unavailable for a turn in a format that this code does not know: this host is about to be replaced.
    """
    row = await conn.fetchrow(
        """with oldest as (
               select * from turns
                where conversation_id = $1 and user_id = app_user() and status in ('queued', 'running')
                order by created_at, id limit 1 for update
           ), next as (
               select * from oldest where stop_requested_at is not null or not (
                   waiting and exists (select 1 from approvals a
                       where a.turn_id = oldest.id and a.status = 'pending' and a.expires_at > now())
                   or options ? 'assignment' and exists (
                       select 1 from agents g where g.id = oldest.conversation_id and g.paused))
           ), home as (
               select c.* from conversations c join next on c.id = next.conversation_id for update of c
           ), placed as (
               insert into messages (id, user_id, conversation_id, parent_id, turn_id, role, content, attachments)
               select next.user_message_id, next.user_id, next.conversation_id,
                      case when (next.options->>'root')::boolean then null
                           else coalesce((next.options->>'parent_id')::uuid, home.leaf_id) end,
                      next.id, 'user', next.options->>'message', next.options->'attachments'
                 from next, home where next.options ? 'message'
               on conflict (id) do nothing
           ), seat as (
               select p.crashes, p.crashes_alone, h.kinds is not null as alone from next join home on true
                 left join placements p on p.key = next.conversation_id::text
                      and p.kind = case home.kind when 'agent' then 'agent' else 'session' end
                 left join hosts h on h.id = p.host
           ), moved as (
               update conversations c
                  set leaf_id = next.user_message_id, updated_at = now(),
                      model = coalesce(next.options->>'model', c.model),
                      agent = coalesce(next.options->>'agent', c.agent)
                 from next where c.id = next.conversation_id and next.status = 'queued'
           ), wanted as (
               select settings, jsonb_build_object('tool_preset', settings->'tool_preset') as preset
                 from users where id = app_user()
           ), begun as (
               update turns t
                  set status = 'running', attempts = t.attempts + (not (t.waiting or t.handed_over))::integer,
                      waiting = false, handed_over = false,
                      crashes_seen = coalesce(seat.crashes, 0), progressed_at = now(),
                      started_at = coalesce(t.started_at, now()),
                      options = wanted.preset || t.options - 'message'
                 from next, seat, wanted where t.id = next.id
               returning t.*
           )
           select begun.id, begun.user_message_id, begun.idempotency_key, begun.options, begun.attempts,
                  begun.attempts - begun.attempts_before_step as attempts_in_vain, begun.seconds_worked,
                  begun.crashes_seen as crashes, coalesce(seat.crashes_alone, 0) as crashes_alone,
                  begun.crashes_seen > next.crashes_seen as crashed, seat.alone,
                  begun.stop_requested_at, next.status = 'running' as started_before,
                  next.handed_over or next.waiting as in_good_order, next.version,
                  wanted.settings as preferences,
                  exists (select from realm_access where user_id = app_user()) as has_village,
                  home.titled_by, coalesce(begun.options->>'model', home.model) as model, home.title, home.favorite,
                  coalesce(begun.options->>'agent', home.agent) as agent,
                  (select p.persona from personas p
                    where p.agent = coalesce(begun.options->>'agent', home.agent)) as persona,
                  home.archived, home.tags, home.created_at, now() as updated_at,
                  case when next.status = 'queued' then begun.user_message_id else home.leaf_id end as leaf_id,
                  set_config('synchronous_commit', case when $2 then current_setting('synchronous_commit')
                                                         else 'off' end, true) as committing
             from begun, next, home, seat, wanted""",
        conversation,
        durably,
    )  # fmt: skip
    if row is None:
        return None
    if row["version"] > FORMAT:
        raise Unavailable("newer code accepted this turn, and newer code has to run it")
    return _started(conversation, row)


async def end(conn: Connection, turn: TurnId, status: str, error: Json | None, *, seconds: float) -> MessageId | None:
    """End a turn for good, after so many seconds of work; answers where the conversation's branch ends now."""
    return await conn.fetchval(
        """with ended as (
               update turns set status = $2, error = $3, ended_at = now(), seconds_worked = $4, waiting = false
                where id = $1 returning conversation_id
           ), closed as (
               update approvals set status = 'expired' where turn_id = $1 and status = 'pending'
           )
           select c.leaf_id from ended join conversations c on c.id = ended.conversation_id""",
        turn, status, error, seconds,
    )  # fmt: skip


async def got_on(conn: Connection, turn: TurnId, *, seconds: float, silence: float, step: bool) -> None:
    """Keep how long a turn that runs was worked on, and how long ago (seconds) it last got on.

    With a `step` that is committed, the attempts up to now were not in vain.
    """
    await conn.execute(
        """update turns
              set seconds_worked = $2, progressed_at = clock_timestamp() - make_interval(secs => $3),
                  attempts_before_step = case when $4 then attempts else attempts_before_step end
            where id = $1 and status = 'running'""",
        turn, seconds, silence, step,
    )  # fmt: skip


async def hand_over(conn: Connection, turn: TurnId, *, seconds: float) -> None:
    """Leave a turn that runs to another host, after so many seconds of work. Taking it up is no new attempt."""
    await conn.execute(
        "update turns set handed_over = true, seconds_worked = $2 where id = $1 and status = 'running'",
        turn, seconds,
    )  # fmt: skip


async def mark_remembered(conn: Connection, turn: TurnId, *, strangers: bool) -> None:
    """Keep that the model of a turn was given memories, and whether some may hold text by strangers."""
    await conn.execute(
        """update turns
              set options = options || jsonb_build_object(
                      'memories', $2 or coalesce((options->'memories')::boolean, false))
            where id = $1""",
        turn, strangers,
    )  # fmt: skip


async def remembered_on(conn: Connection, turn: TurnId, leaf: MessageId) -> tuple[bool, bool]:
    """Whether memories were given in a turn or on the branch that ends at `leaf`, and whether any were by strangers."""
    row = await conn.fetchrow(
        """with recursive branch as (
               select m.id, m.parent_id, m.turn_id from messages m where m.id = $2
               union all
               select m.id, m.parent_id, m.turn_id
                 from branch cross join lateral (select * from messages where id = branch.parent_id offset 0) m
           )
           select count(*) > 0 as given, coalesce(bool_or((options->'memories')::boolean), false) as strangers
             from turns where id in (select $1 union select turn_id from branch) and options ? 'memories'""",
        turn, leaf,
    )  # fmt: skip
    return (False, False) if row is None else (row["given"], row["strangers"])


async def mark_asking(conn: Connection, turn: TurnId) -> None:
    """Keep that a turn has asked the person, so that only code which waits for the answer takes it up."""
    await conn.execute("update turns set version = greatest(version, $2) where id = $1", turn, ASKS)


async def mark_waiting(conn: Connection, turn: TurnId, *, seconds: float) -> None:
    """Leave a turn to wait for a person, after so many seconds of work. Taking it up is no new attempt."""
    await conn.execute(
        """update turns set waiting = true, seconds_worked = $2, progressed_at = clock_timestamp()
            where id = $1 and status = 'running'""",
        turn, seconds,
    )  # fmt: skip


async def request_stop(conn: Connection, conversation: ConversationId, turn: TurnId | None) -> TurnId | None:
    """Make the wish to stop durable: for one turn, or for the one that runs. None when there is nothing to stop."""
    return await conn.fetchval(
        """update turns set stop_requested_at = coalesce(stop_requested_at, now())
            where id = (select id from turns
                         where conversation_id = $1 and user_id = app_user() and status in ('queued', 'running')
                           and ($2::uuid is null or id = $2)
                         order by created_at, id limit 1)
           returning id""",
        conversation, turn,
    )  # fmt: skip


async def is_waiting(conn: Connection, turn: TurnId) -> bool:
    """Whether a turn waits for a person."""
    return await conn.fetchval("select waiting from turns where id = $1", turn) is True


async def left(conn: Connection, conversation: ConversationId) -> tuple[bool, datetime | None]:
    """Whether the oldest unfinished turn of a conversation can go on; or else when its wait for the person ends."""
    row = await conn.fetchrow(
        """select case when t.waiting and t.stop_requested_at is null then (
                      select max(a.expires_at) from approvals a
                       where a.turn_id = t.id and a.status = 'pending' and a.expires_at > now()) end as until,
                  t.stop_requested_at is null and t.options ? 'assignment' and exists (
                      select 1 from agents g where g.id = t.conversation_id and g.paused) as paused
             from turns t
            where t.conversation_id = $1 and t.user_id = app_user() and t.status in ('queued', 'running')
            order by t.created_at, t.id limit 1""",
        conversation,
    )
    if row is None or row["paused"]:
        return False, None
    return row["until"] is None, row["until"]


async def last_ended(conn: Connection, conversation: ConversationId) -> Row | None:
    """The turn that ended last, as its TurnEnded tells it."""
    return await conn.fetchrow(
        """select t.id, t.status, t.error, t.options->>'seq' as seq, c.leaf_id,
                  coalesce(sum(m.tokens_used), 0)::bigint as tokens_used, coalesce(sum(m.cost_usd), 0) as cost_usd
             from turns t join conversations c on c.id = t.conversation_id
             left join messages m on m.turn_id = t.id and m.role = 'assistant'
            where t.conversation_id = $1 and t.user_id = app_user() and t.ended_at is not null
            group by t.id, c.leaf_id order by t.created_at desc limit 1""",
        conversation,
    )  # fmt: skip


async def pending(conn: Connection, conversation: ConversationId, kind: str) -> tuple[bool, UUID | None]:
    """Whether its actor of this kind has unfinished work, and whose conversation it is if it is still there.

    Needs the system role.
    """
    row = await conn.fetchrow(
        """select c.user_id from placements p left join conversations c on c.id = $1
            where p.kind = $3 and p.key = $2 and p.pending""",
        conversation, str(conversation), kind,
    )  # fmt: skip
    return (False, None) if row is None else (True, row["user_id"])


def _started(conversation: ConversationId, row: Row) -> StartedTurn:
    return StartedTurn(
        id=row["id"],
        user_message_id=row["user_message_id"],
        idempotency_key=row["idempotency_key"],
        options=row["options"],
        attempts=row["attempts"],
        attempts_in_vain=row["attempts_in_vain"],
        seconds_worked=row["seconds_worked"],
        crashes=row["crashes"],
        crashes_alone=row["crashes_alone"],
        crashed=row["crashed"],
        alone=row["alone"],
        started_before=row["started_before"],
        in_good_order=row["in_good_order"],
        stop_requested_at=row["stop_requested_at"],
        preferences=row["preferences"] or {},
        titled_by=row["titled_by"],
        persona=row["persona"],
        has_village=row["has_village"],
        conversation=Conversation(
            id=conversation,
            title=row["title"],
            model=row["model"],
            agent=row["agent"],
            leaf_id=row["leaf_id"],
            favorite=row["favorite"],
            archived=row["archived"],
            tags=row["tags"],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
        ),
    )
