"""A turn is counted for what became of it, and stays in its trace when another host takes it up."""

import asyncio
from collections.abc import Iterator

import pytest

from cluster.clients.postgres import Database
from cluster.ids import HostId, UserId, new_id
from cluster.models.chat_model import TextDelta
from cluster.runtime.actor import ActorId, Fence, Fenced
from cluster.services import Clients
from cluster.telemetry import traces
from cluster.telemetry.catalogue import ACTORS_AWAKE, EPOCHS_REFUSED, RECOVERIES, TOKENS, TURNS
from cluster.telemetry.otlp import export_to
from tests.actors.conversing import USED, Person, PlayedModel, asks, playing, says, until
from tests.actors.test_hand_over import tell_to_stop, two_hosts
from tests.cluster.telemetry.receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened
        traces.turn_off()


async def test_a_turn_that_is_taken_up_counts_as_recovered_and_stays_in_its_trace(
    clients: Clients, user: UserId, receiver: Receiver
) -> None:
    tracing = export_to(receiver.url, process="test", content=False)
    traces.turn_on(tracing)
    before, ended = RECOVERIES.values.get((), 0.0), TURNS.values.get(("completed",), 0.0)
    async with playing(clients, PlayedModel([TextDelta("Half"), asyncio.Event()], says("All of it."))) as troupe:
        person = Person(troupe, user)
        with traces.span("door"):
            await person.say("Hi")
        await person.hear("token")
        await troupe.crash()
        await person.hear("turn_ended")
        await until(person.rests)
    tracing.flush()
    assert RECOVERIES.values[()] == before + 1
    assert TURNS.values["completed",] == ended + 1
    runs = [span for span in receiver.spans if span.name == "turn"]
    assert [run.attributes["apex.turn.attempt"] for run in runs] == [1, 2]
    assert {receiver.parent_of(run) for run in runs} == {"session.post"}
    assert {run.trace for run in runs} == {receiver.named("door").trace}


async def test_a_turn_that_is_handed_over_is_no_recovery(clients: Clients, user: UserId) -> None:
    gate = asyncio.Event()
    before = RECOVERIES.values.get((), 0.0)
    first = asks(("calculator", {"expression": "6*7"}))
    model = PlayedModel([first[0], gate, *first[1:]], says("It is 42."))
    async with two_hosts(clients, user, model) as (troupe, person):
        await person.say("6*7?")
        await person.hear("token")
        old, stopping = await tell_to_stop(troupe)
        gate.set()
        await person.hear("turn_resumed")
        await stopping
        assert not old.carries(person.session.id)
        await person.hear("turn_ended")
    assert RECOVERIES.values.get((), 0.0) == before


async def test_tokens_are_counted_by_kind(clients: Clients, user: UserId) -> None:
    before = dict(TOKENS.values)
    async with playing(clients, PlayedModel(says("Hello."))) as troupe:
        await Person(troupe, user).converse("Hi")
        more = {kind: TOKENS.values[kind, "played"] - before.get((kind, "played"), 0.0) for kind in ("input", "output")}
    assert more["input"] % USED.input_tokens == 0
    assert more["input"] > 0
    assert more["output"] % USED.output_tokens == 0


async def test_who_is_awake_is_read_from_the_hosts_that_are_up(clients: Clients, user: UserId) -> None:
    before = ACTORS_AWAKE.values.get(("session",), 0.0)
    async with playing(clients, PlayedModel(says("Hello."))) as troupe:
        await Person(troupe, user).converse("Hi")
        assert ACTORS_AWAKE.values["session",] == before + 1
    assert ACTORS_AWAKE.values["session",] == before


async def test_an_epoch_that_is_refused_is_counted(clients: Clients, user: UserId) -> None:
    before = EPOCHS_REFUSED.values.get(("session",), 0.0)
    with pytest.raises(Fenced):
        await _write(clients.db, user)
    assert EPOCHS_REFUSED.values["session",] == before + 1


async def _write(db: Database, user: UserId) -> None:
    async with db.as_user(user) as conn:
        await Fence(ActorId("session", "nobody's"), 7, HostId(new_id())).check(conn)
