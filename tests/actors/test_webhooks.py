"""A webhook is told, signed, until they say yes or a day is over; never to a private address, never forgotten."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import orjson
import pytest

from actors.agents import ending as ending_of_agents
from actors.agents.agent import Agent
from actors.agents.allowance import Allowance
from actors.stores import budgets
from actors.webhooks import outgoing, webhook
from actors.webhooks.signing import signature
from actors.webhooks.webhook import PAUSES, Webhook
from cluster.clients.postgres import Row
from cluster.ids import UserId, new_id
from cluster.services import Clients, Services
from tests.actors.agents.employing import Employer
from tests.actors.conversing import PlayedModel, Troupe, playing, says, until
from tests.sandbox.internet import Internet, answer

SECRET = "a secret of sixteen and more"
BODY = {"type": "agent.completed", "result": "Seven sheep, 🐑.", "cost_usd": 0.25}


@pytest.fixture
def clients(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> Clients:
    """An instance in which webhooks go to sleep at once."""
    monkeypatch.setattr(Webhook, "idle_seconds", 0.01)
    return replace(clients, settings=clients.settings.model_copy(update={"idle_seconds": 0.4}))


@pytest.fixture
async def internet(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Internet]:
    """Where the other side answers."""
    async with Internet() as internet:
        monkeypatch.setattr(webhook, "GUARD", internet.guard())
        yield internet


@dataclass
class Ending:
    """Work of a user that ends."""

    troupe: Troupe
    user: UserId
    id: UUID

    async def ends(self, url: str = "http://hooks.example/done", *, wake: bool = True, **more: Any) -> UUID:
        told = {"url": url, "secret": SECRET, **more}
        async with self.troupe.clients.db.as_user(self.user) as conn:
            delivery = await outgoing.enqueue(conn, "agent", self.id, told, BODY)
        if wake:
            runtime = self.troupe.runtime
            services = Services(**vars(self.troupe.clients), runtime=runtime, models=runtime.models())
            await outgoing.wake(services, delivery)
        return delivery

    async def row(self) -> Row:
        async with self.troupe.clients.db.as_user(self.user) as conn:
            row = await conn.fetchrow("select * from webhook_deliveries")
        assert row is not None
        return row

    async def until(self, column: str) -> Row:
        """Wait until something has been noted."""

        async def noted() -> bool:
            return (await self.row())[column] is not None

        await until(noted)
        return await self.row()

    async def attempts(self, n: int) -> Row:
        async def so_many() -> bool:
            return (await self.row())["attempts"] >= n

        await until(so_many)
        return await self.row()

    async def time_passes(self) -> None:
        """Let it be time for the next attempt."""
        async with self.troupe.clients.db.as_user(self.user) as conn:
            await conn.execute("update webhook_deliveries set next_at = now()")
            await conn.execute("update placements set wake_at = now() where kind = 'webhook'")


@asynccontextmanager
async def ending(clients: Clients, user: UserId) -> AsyncGenerator[Ending]:
    async with playing(clients, PlayedModel(), beside=[Webhook]) as troupe:
        yield Ending(troupe, user, new_id())


def heard(request: bytes) -> tuple[dict[str, str], bytes]:
    """The headers and the body that arrived."""
    head, _, body = request.partition(b"\r\n\r\n")
    lines = [line.decode().partition(": ") for line in head.split(b"\r\n")[1:]]
    return {name.lower(): value for name, _, value in lines}, body


async def test_it_is_told_signed_by_standard_webhooks(clients: Clients, user: UserId, internet: Internet):
    await internet.site("hooks.example", {"/done": answer(status="204 No Content")})
    async with ending(clients, user) as work:
        delivery = await work.ends()
        row = await work.until("delivered_at")
    (request,) = internet.asked
    headers, body = heard(request)
    assert request.startswith(b"POST /done HTTP/1.1\r\n")
    assert (headers["content-type"], headers["webhook-id"]) == ("application/json", str(delivery))
    assert orjson.loads(body) == BODY
    signed = f"{delivery}.{headers['webhook-timestamp']}.".encode() + body
    mac = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{mac}"
    assert (row["attempts"], row["last_status"], row["next_at"], row["secret"]) == (1, 204, None, None)


def test_a_signature_is_that_of_the_published_example():
    body = b'{"test": 2432232314}'
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    known = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signature("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body, secret) == known


async def test_without_a_secret_there_is_no_signature(clients: Clients, user: UserId, internet: Internet):
    await internet.site("hooks.example", {"/done": answer()})
    async with ending(clients, user) as work:
        await work.ends(secret=None)
        await work.until("delivered_at")
    assert "webhook-signature" not in heard(internet.asked[0])[0]


async def test_what_nobody_woke_is_told_all_the_same(clients: Clients, user: UserId, internet: Internet):
    await internet.site("hooks.example", {"/done": answer()})
    async with ending(clients, user) as work:
        await work.ends(wake=False)
        await work.until("delivered_at")


async def test_an_end_that_comes_twice_is_told_once(clients: Clients, user: UserId, internet: Internet):
    await internet.site("hooks.example", {"/done": answer()})
    async with ending(clients, user) as work:
        assert await work.ends() == await work.ends()
        await work.until("delivered_at")
        assert await work.ends() == (await work.row())["id"]
    assert len(internet.asked) == 1


async def test_an_end_that_was_not_committed_is_told_to_nobody(clients: Clients, user: UserId):
    async def ends_and_fails() -> None:
        async with clients.db.as_user(user) as conn:
            await outgoing.enqueue(conn, "agent", new_id(), {"url": "http://hooks.example/done"}, BODY)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await ends_and_fails()
    async with clients.db.as_user(user) as conn:
        assert await conn.fetchval("select count(*) from webhook_deliveries") == 0
        assert await conn.fetchval("select count(*) from placements") == 0


async def test_it_is_tried_again_with_the_same_id_until_they_say_yes(
    clients: Clients, user: UserId, internet: Internet
):
    pages = {"/done": answer(status="503 Not Now")}
    await internet.site("hooks.example", pages)
    async with ending(clients, user) as work:
        await work.ends()
        row = await work.attempts(1)
        assert (row["last_status"], row["last_error"]) == (503, "they answered 503")
        pause = (row["next_at"] - row["created_at"]).total_seconds()
        assert 0.9 * PAUSES[0] <= pause <= 1.1 * PAUSES[0] + 5
        await work.time_passes()
        await work.attempts(2)
        pages["/done"] = answer()
        await work.time_passes()
        row = await work.until("delivered_at")
    assert (row["attempts"], row["last_error"]) == (3, None)
    assert len({heard(request)[0]["webhook-id"] for request in internet.asked}) == 1


async def test_after_a_day_it_is_given_up(clients: Clients, user: UserId, internet: Internet):
    assert 20 * 3600 < sum(PAUSES) * 1.1 < 27 * 3600
    assert list(PAUSES) == sorted(PAUSES)
    await internet.site("hooks.example", {"/done": answer(status="500 No")})
    async with ending(clients, user) as work:
        await work.ends()
        await work.attempts(1)
        async with clients.db.as_user(user) as conn:
            await conn.execute("update webhook_deliveries set attempts = $1", len(PAUSES))
        await work.time_passes()
        row = await work.until("given_up_at")
        assert (row["attempts"], row["next_at"], row["secret"]) == (len(PAUSES) + 1, None, None)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://10.0.0.7/done", "not on the public web"),
        ("http://localhost/done", "localhost"),
        ("http://inside.example/done", "not on the public web"),
        ("http://hooks.example:22/done", "Port 22"),
        ("ftp://hooks.example/done", "http"),
    ],
)
async def test_a_private_address_is_never_asked(
    clients: Clients, user: UserId, internet: Internet, url: str, said: str
):
    internet.name("inside.example", ["192.168.0.7"])
    internet.name("localhost", ["127.0.0.1"])
    internet.name("hooks.example", ["93.184.215.14"])
    async with ending(clients, user) as work:
        await work.ends(url)
        row = await work.until("given_up_at")
    assert said in row["last_error"]
    assert internet.dialled == []


async def test_they_may_say_that_they_are_gone_and_are_not_sent_elsewhere(
    clients: Clients, user: UserId, stranger: UserId, internet: Internet
):
    pages = {
        "/gone": answer(status="410 Gone"),
        "/moved": answer(status="308 Moved", Location="http://hooks.example/gone"),
    }
    await internet.site("hooks.example", pages)
    async with ending(clients, user) as work:
        await work.ends("http://hooks.example/gone")
        assert (await work.until("given_up_at"))["last_status"] == 410
        other = Ending(work.troupe, stranger, new_id())
        await other.ends("http://hooks.example/moved")
        assert "redirects" in (await other.attempts(1))["last_error"]
    assert [request.split(b" ")[1] for request in internet.asked] == [b"/gone", b"/moved"]


async def test_another_host_goes_on_when_one_dies_in_the_middle(clients: Clients, user: UserId, internet: Internet):
    came, go_on = asyncio.Event(), asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        came.set()
        await go_on.wait()
        writer.write(answer())
        await writer.drain()

    internet.name("hooks.example", ["93.184.215.14"])
    await internet.serve(slow)
    async with ending(clients, user) as work:
        await work.ends()
        await came.wait()
        came.clear()
        await work.troupe.crash()
        await came.wait()
        go_on.set()
        await work.until("delivered_at")


async def test_the_end_of_an_agent_is_told_in_the_transaction_that_ends_it(
    clients: Clients, user: UserId, internet: Internet
):
    await internet.site("hooks.example", {"/done": answer()})
    async with playing(clients, PlayedModel(says("Seven sheep.")), beside=[Agent, Webhook]) as troupe:
        employer = Employer(troupe, user)
        told = {"url": "http://hooks.example/done", "secret": SECRET}
        agent = await employer.over(await employer.spawn("Count the sheep.", webhook=told))
        await Ending(troupe, user, agent.id).until("delivered_at")
    assert orjson.loads(heard(internet.asked[0])[1]) == {
        "type": "agent.completed",
        "id": str(agent.id),
        "status": "completed",
        "result": "Seven sheep.",
        "error": None,
        "cost_usd": float(agent.cost_usd),
    }


async def test_the_end_of_an_agent_that_never_began_is_told(clients: Clients, user: UserId, internet: Internet):
    await internet.site("hooks.example", {"/done": answer()})
    async with playing(clients, PlayedModel(), beside=[Webhook]) as troupe:  # nobody carries agents here
        employer = Employer(troupe, user)
        agent = await employer.spawn("Count.", webhook={"url": "http://hooks.example/done"})
        await ending_of_agents.cancel(employer.services, user, agent)
        await Ending(troupe, user, agent).until("delivered_at")
    assert orjson.loads(heard(internet.asked[0])[1])["type"] == "agent.cancelled"


async def test_swarms_and_councils_that_are_over_are_announced_once_and_others_not_at_all(
    clients: Clients, user: UserId
):
    async with clients.db.as_user(user) as conn:
        over = {subject: [new_id(), new_id()] for subject in ("swarm", "council")}
        allowance = Allowance.of(clients.settings, {})
        for ids in over.values():
            await budgets.open_roots(conn, [(id, allowance) for id in ids])
        hook = {"url": "http://hooks.example/done"}
        for id, done in zip(over["swarm"], (True, False), strict=True):
            await conn.execute(
                """insert into swarms (id, user_id, idempotency_key, name, options, parallelism, webhook, result, status,
                                       completed_at)
                   values ($1, app_user(), $2, 's', '{}', 1, $3, 'all', case when $4 then 'completed' else 'running' end,
                           case when $4 then now() end)""",
                id, str(id), hook, done,
            )  # fmt: skip
        for id, done in zip(over["council"], (True, False), strict=True):
            await conn.execute(
                """insert into councils (id, user_id, idempotency_key, question, max_rounds, webhook, outcome, status,
                                         completed_at)
                   values ($1, app_user(), $2, 'q', 1, $3, '{"winner": "A"}',
                           case when $4 then 'failed' else 'running' end, case when $4 then now() end)""",
                id, str(id), hook, done,
            )  # fmt: skip
        for _ in range(2):
            await outgoing.announce(conn, "swarm", over["swarm"])
            await outgoing.announce(conn, "council", over["council"])
        rows = await conn.fetch("select subject_id, body from webhook_deliveries order by subject desc")
    assert [row["subject_id"] for row in rows] == [over["swarm"][0], over["council"][0]]
    assert [(row["body"]["type"], row["body"]["result"]) for row in rows] == [
        ("swarm.completed", "all"),
        ("council.failed", {"winner": "A"}),
    ]
