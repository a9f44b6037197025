"""Who sends messages: a gateway that drives placement.py as the product does, and clients behind it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cluster.errors import ApexError, Busy, Unavailable
from cluster.runtime.actor import ActorId
from cluster.runtime.delivery.placement import (
    Choose,
    Chosen,
    Done,
    Event,
    Failed,
    Found,
    GiveUp,
    Look,
    Pause,
    Replied,
    Rested,
    Send,
    SetOut,
    Step,
    Trip,
    after,
    emptiest,
)
from cluster.runtime.envelope import Answered, Raised, Reply, Severed
from cluster.runtime.errors import Lost, Unreached
from cluster.runtime.store import HostRow
from tests.simulation.world import Box, Machine, Query, ReplyLost, Trouble, Work, World

if TYPE_CHECKING:
    from tests.simulation.stage import Stage


@dataclass(frozen=True, slots=True)
class Letter:
    """A message. `repeatable` and `interleaves` are what its method declares; `tell`: the mailbox is enough."""

    actor: ActorId
    method: str
    argument: Any = None
    repeatable: bool = False
    interleaves: bool = False
    tell: bool = False


class Delivery:
    """Takes letters to their actors from one machine."""

    def __init__(self, stage: "Stage", machine: Machine) -> None:
        self._stage = stage
        self._machine = machine
        self._seen: dict[ActorId, HostRow] = {}

    def deliver(self, letter: Letter, here: HostRow | None = None) -> Work:
        """The value. Raises what the actor raised, or Unavailable."""
        patience = max(15.0, self._stage.lease * 1.5)
        trip = Trip(letter.repeatable, patience, self._machine.clock() + patience)
        event: Event = SetOut(here or self._seen.get(letter.actor))
        while True:
            trip, step = after(trip, event, self._machine.clock())
            match step:
                case Done(host, reply):
                    self._seen[letter.actor] = host
                    return _value(reply)
                case GiveUp(error):
                    self._seen.pop(letter.actor, None)
                    raise error
                case _:
                    event = yield from self._carry_out(letter, step)

    def _carry_out(self, letter: Letter, step: Step) -> Work:
        rows, random = self._stage.rows, self._stage.world.random
        try:
            match step:
                case Send(host):
                    reply: Reply = yield from self._give(host, letter)
                    return Replied(host, reply)
                case Look():
                    self._seen.pop(letter.actor, None)
                    found: HostRow | None = yield Query(lambda: rows.holder(letter.actor))
                    return Found(found)
                case Choose(avoid):
                    hosts: list[HostRow] = yield Query(rows.live_hosts)
                    return Chosen(emptiest(hosts, letter.actor, sent={}, avoid=avoid))
                case Pause(seconds):
                    yield seconds * random.uniform(0.5, 1.5)
                    return Rested()
                case _:
                    raise AssertionError(step)
        except Lost as error:
            return Failed(step.host.id if isinstance(step, Send) else None, str(error))
        except (Unreached, Trouble) as error:
            return Failed(None, str(error))

    def _give(self, host: HostRow, letter: Letter) -> Work:
        """Send, and wait for as long as the host lives; a broken call is judged by the host's row, as ray.py does."""
        rows = self._stage.rows
        reply = self._stage.send(host.name, letter)
        while not reply.full:
            waited = _either(self._stage.world, reply, self._stage.lease)
            yield waited
            if not reply.full:
                try:
                    live: bool = yield Query(lambda: rows.is_live(host.name))
                except Trouble:
                    continue  # nobody can say
                if not live:
                    raise Lost(f"{host.name} does not answer")
        if reply.error is None:
            return reply.value
        if isinstance(reply.error, ReplyLost):  # the README says why the row is not asked here
            raise Lost(str(reply.error))
        try:
            left_cleanly: bool = yield Query(lambda: host.id not in rows.hosts)
        except Trouble:
            left_cleanly = False
        raise Unreached(str(reply.error)) if left_cleanly else Lost(str(reply.error))


class Client(Machine):
    """A person's page: says things, resends what was not acknowledged, sometimes twice, and changes gateways."""

    def __init__(self, world: World, name: str, stage: "Stage") -> None:
        super().__init__(world, name)
        self._stage = stage
        self._gateways = [Delivery(stage, self), Delivery(stage, self)]

    def say(self, key: str, session: ActorId) -> Work:
        """Send one command until it is acknowledged."""
        letter = Letter(session, "post", key, repeatable=True, interleaves=True)
        acknowledged = Box()
        while not acknowledged.full:
            self.start(self._once(letter, lambda turn: self._stage.watch.promised(key, turn), acknowledged))
            yield _either(self.world, acknowledged, self.world.random.uniform(0.5, 8.0))

    def stop(self, session: ActorId) -> Work:
        """Ask for the end of what runs."""
        yield from self._once(Letter(session, "stop", repeatable=True, interleaves=True), _nothing, Box())

    def answer(self, session: ActorId, until: float) -> Work:
        """Answer some of what is asked, now and then more than once, up to a time. The rest is never answered."""
        random = self.world.random
        while self.world.now < until:
            yield random.uniform(0.1, 2.0)
            mine = [turn for turn in self._stage.rows.turns.values() if turn.conversation == session.key]
            asked = [(step, call) for turn in mine for step in turn.steps for call in step.questions]
            if asked:
                argument = (*random.choice(asked), random.random() < 0.6)
                letter = Letter(session, "answer", argument, repeatable=True, interleaves=True)
                self.start(self._once(letter, _nothing, Box()))

    def count(self, message: str, counter: ActorId) -> Work:
        """Send one message that may run once only."""
        yield from self._once(Letter(counter, "count", message), lambda _: self._stage.watch.answered(message), Box())

    def _once(self, letter: Letter, then: Callable[[Any], None], acknowledged: Box) -> Work:
        try:
            value = yield from self.world.random.choice(self._gateways).deliver(letter)
        except (Unavailable, Busy, Trouble) as error:
            self.world.note(f"{self.name}: {letter.method} {letter.argument} {error}")
        except ApexError as error:
            raise AssertionError(f"{letter} failed: {error!r}") from error
        else:
            then(value)
            acknowledged.put(value)


def _either(world: World, box: Box, seconds: float) -> Box:
    """Full when the box is, or after so long."""
    either = Box()
    box.then(either.put)
    world.at(seconds, either.put)
    return either


def _value(reply: Reply) -> Any:
    match reply:
        case Raised(error):
            raise error
        case Severed(why):
            raise Unavailable(why)
        case Answered(value):
            return value
        case _:
            raise AssertionError(reply)


def _nothing(_: Any) -> None:
    return
