"""What administrators see of the runtime, and nobody else; and what a turn did when, for whose turn it is."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from actors.kinds import KINDS
from actors.session.session import Session
from cluster.events.names import conversation_channel, stream_key
from cluster.ids import HostId, UserId, new_id
from cluster.models.catalogue import Models
from cluster.runtime import store
from cluster.runtime.loop import LoopRuntime
from cluster.services import Clients, Services
from tests.serve.visitors import Visitor, assert_problem

RUNTIME = "/api/v1/runtime"


@pytest.fixture
async def services(clients: Clients) -> AsyncIterator[Services]:
    """Open services with real sessions on two hosts."""
    async with LoopRuntime.open(clients, KINDS, hosts=2) as runtime:
        yield Services(**vars(clients), runtime=runtime, models=Models(clients.settings, runtime))


async def chat(visitor: Visitor, message: str) -> str:
    """Have a message answered; answers the turn."""
    answer = await visitor.http.post("/api/v1/chat/message", json={"message": message})
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "completed"
    return answer.json()["turn_id"]


async def queue_turn(services: Services, visitor: Visitor, *, attempts: int = 0, status: str = "queued") -> UUID:
    """A turn of somebody's, as the database has it."""
    user, conversation, turn = UserId(UUID(visitor.tokens["user"]["id"])), new_id(), new_id()
    async with services.db.as_user(user) as conn:
        await conn.execute("insert into conversations (id, user_id) values ($1, $2)", conversation, user)
        await conn.execute(
            """insert into turns (id, user_id, conversation_id, idempotency_key, status, attempts, options, started_at)
               values ($1, $2, $3, $4, $5, $6, '{"message": "a secret"}', case when $6 > 0 then now() end)""",
            turn,
            user,
            conversation,
            uuid4().hex,
            status,
            attempts,
        )
    return turn


async def test_the_first_account_is_told_that_it_is_an_administrator(ada: Visitor, bob: Visitor):
    told = [(await each.http.get("/api/v1/user/profile")).json()["admin"] for each in (ada, bob)]
    assert told == [True, False]
    assert [each.tokens["user"]["admin"] for each in (ada, bob)] == [True, False]


async def test_who_is_no_administrator_does_not_see_the_runtime(ada: Visitor, bob: Visitor):
    assert_problem(await bob.http.get(RUNTIME), 403, "forbidden")


async def test_rights_that_were_taken_away_end_at_once(services: Services, ada: Visitor):
    assert (await ada.http.get(RUNTIME)).status_code == 200
    async with services.db.as_system() as conn:
        await conn.execute("update users set admin = false where email = $1", ada.email)
    assert_problem(await ada.http.get(RUNTIME), 403, "forbidden")


async def test_an_administrator_sees_hosts_nodes_and_who_is_awake(ada: Visitor, services: Services):
    await chat(ada, "hello")
    await services.runtime.ref(Session, str(new_id())).tell(Session.advance)
    seen = (await ada.http.get(RUNTIME)).json()
    assert len(seen["hosts"]) == 2
    assert all(host["alive"] and host["lease_seconds"] > 0 for host in seen["hosts"])
    assert [node["hosts"] for node in seen["nodes"]] == [2]
    sessions = next(kind for kind in seen["kinds"] if kind["kind"] == "session")
    assert sessions["awake"] == 2
    assert sessions["orphaned"] == 0


async def test_a_dead_host_is_shown_as_gone_and_its_unfinished_actor_as_orphaned(ada: Visitor, services: Services):
    row = store.HostRow(
        id=HostId(new_id()), name="host/gone/0", node="another node", pid=1, kinds=None, capacity=10, actors=1
    )
    async with services.db.as_nobody() as conn:
        await store.register(conn, row, lease=60)
        await conn.execute(
            "insert into placements (kind, key, host, pending) values ('unknown to the hosts', 'k', $1, true)", row.id
        )
        await store.declare_dead(conn, [row.id])
    seen = (await ada.http.get(RUNTIME)).json()
    assert [host["alive"] for host in seen["hosts"] if host["name"] == "host/gone/0"] == [False]
    assert [node["node"] for node in seen["nodes"] if node["node"] == "another node"] == []
    assert {"kind": "unknown to the hosts", "awake": 0, "pending": 1, "orphaned": 1} in seen["kinds"]


async def test_turns_of_everybody_are_seen_without_what_was_said(ada: Visitor, bob: Visitor, services: Services):
    waiting = await queue_turn(services, bob)
    recovered = await queue_turn(services, bob, attempts=3, status="completed")
    answer = await ada.http.get(RUNTIME)
    seen = answer.json()
    assert seen["turns_in_flight"] == 1
    assert [turn["id"] for turn in seen["turns"]] == [str(waiting)]
    assert [(turn["id"], turn["attempts"]) for turn in seen["recoveries"]] == [(str(recovered), 3)]
    assert "secret" not in answer.text
    assert bob.tokens["user"]["id"] not in answer.text


async def test_a_turn_is_read_as_a_timeline(ada: Visitor):
    turn = await chat(ada, "hello")
    seen = (await ada.http.get(f"/api/v1/chat/turns/{turn}/timeline")).json()
    assert seen["whole"] is True
    assert seen["status"] == "completed"
    assert [span["kind"] for span in seen["spans"]] == ["queue", "prepare", "model"]
    model = seen["spans"][-1]
    assert 0 <= model["begin"] <= model["first_token"] <= model["end"] <= seen["seconds"]
    assert [mark["kind"] for mark in seen["marks"]] == ["accepted", "started", "first_token", "committed", "ended"]


async def test_a_timeline_outlives_the_events(ada: Visitor, services: Services):
    turn = await chat(ada, "hello")
    before = (await ada.http.get(f"/api/v1/chat/turns/{turn}/timeline")).json()
    await services.redis.delete(stream_key(conversation_channel(UUID(before["conversation_id"]))))
    after = (await ada.http.get(f"/api/v1/chat/turns/{turn}/timeline")).json()
    assert after["whole"] is False
    assert [span["kind"] for span in after["spans"]] == ["queue", "model"]
    assert after["spans"][-1]["name"] == before["spans"][-1]["name"]


async def test_a_turn_that_waits_has_a_timeline_that_goes_on(ada: Visitor, services: Services):
    turn = await queue_turn(services, ada)
    seen = (await ada.http.get(f"/api/v1/chat/turns/{turn}/timeline")).json()
    assert [(span["kind"], span["end"]) for span in seen["spans"]] == [("queue", None)]


async def test_a_deleted_conversation_has_no_timelines(ada: Visitor):
    turn = await chat(ada, "hello")
    address = f"/api/v1/chat/turns/{turn}/timeline"
    conversation = (await ada.http.get(address)).json()["conversation_id"]
    await ada.http.delete(f"/api/v1/chat/conversations/{conversation}")
    assert_problem(await ada.http.get(address), 404)
