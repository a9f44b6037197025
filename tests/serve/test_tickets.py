"""A ticket opens one socket, once, soon."""

from typing import cast
from uuid import UUID

from cluster.ids import UserId
from cluster.services import Services
from serve.accounts.tickets import TICKET_SECONDS, Holder, issue, redeem
from tests.serve.visitors import Visitor


async def test_a_ticket_says_whose_it_is_once(services: Services, ada: Visitor):
    answer = await ada.http.post("/api/v1/auth/ws-ticket")
    assert answer.json()["expires_in"] == TICKET_SECONDS
    ticket = answer.json()["ticket"]
    assert await redeem(services.redis, ticket) == Holder(UserId(UUID(ada.tokens["user"]["id"])))
    assert await redeem(services.redis, ticket) is None


async def test_a_ticket_that_was_never_made_is_nobodys(services: Services):
    assert await redeem(services.redis, "") is None
    assert await redeem(services.redis, "x" * 100_000) is None


async def test_a_ticket_expires_and_is_not_kept_in_the_clear(services: Services, ada: Visitor):
    ticket = await issue(services.redis, Holder(UserId(UUID(ada.tokens["user"]["id"]))))
    keys = cast("list[bytes]", await services.redis.keys("ticket:*"))  # pyright: ignore[reportUnknownMemberType]
    assert len(keys) == 1
    assert ticket.encode() not in keys[0]
    assert 0 < await services.redis.ttl(keys[0]) <= TICKET_SECONDS
