"""One simulated instance: a database, an event log, hosts that come and go, and who carries letters between them."""

from itertools import count
from uuid import UUID

from cluster.ids import HostId
from cluster.runtime.actor import ActorId, Fence
from cluster.runtime.envelope import Reply
from cluster.runtime.store import Claim
from tests.simulation.callers import Letter
from tests.simulation.hosts import Actor, Incarnation, SimulatedHost
from tests.simulation.rows import Rows
from tests.simulation.session import Counter, Session
from tests.simulation.watch import Watch
from tests.simulation.world import Box, ReplyLost, Trouble, World

HOSTS = 3


class Stage:
    """Everything there is. Times are short, so that little happens that nobody cares about."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lease = world.random.uniform(1.0, 3.0)
        self.idle = world.random.uniform(1.0, 4.0)
        self.rows = Rows(world.database_clock)
        self.watch = Watch(self.rows)
        self._pids = count(1)
        self._ids = count(1)
        self._up: dict[str, SimulatedHost] = {}
        self._processes: dict[int, SimulatedHost] = {}
        self._calls: dict[SimulatedHost, dict[Box, None]] = {}
        for number in range(HOSTS):
            self.boot(f"host/{number}")

    @property
    def hosts(self) -> list[SimulatedHost]:
        """Those whose process runs."""
        return list(self._up.values())

    def boot(self, name: str) -> None:
        """Start a process, unless one of that name runs."""
        if name not in self._up:
            host = SimulatedHost(self, name, next(self._pids))
            self._up[name] = self._processes[host.pid] = host
            self._calls[host] = {}

    def died(self, host: SimulatedHost) -> None:
        """A process has ended: its calls break, and the platform starts another in its place."""
        host.alive = False
        self.world.note(f"{host.name} is gone")
        if self._up.get(host.name) is host:
            del self._up[host.name]
        for reply in self._calls.pop(host, {}):
            self._break(reply, f"{host.name} died")
        self.world.at(self.world.random.uniform(0.05, 2.0), lambda: self.boot(host.name))

    def is_alive(self, pid: int) -> bool:
        """Whether a process runs."""
        return self._processes[pid].alive

    def send(self, name: str, letter: Letter) -> Box:
        """Carry a letter to the process of that name, and its reply back. The reply may be lost."""
        reply = Box()
        self.world.at(self.world.delay(), lambda: self._arrive(name, letter, reply))
        return reply

    def claim(self, actor: ActorId, host: HostId) -> Claim:
        """Claim in the database, and see who got it."""
        claim = self.rows.claim(actor, host)
        if claim.epoch is not None:
            self.watch.claimed(Fence(actor, claim.epoch, host))
        return claim

    def lose_database(self) -> None:
        """The database dies, and with it the commits that nobody waited for."""
        for actor, epoch in self.rows.die().items():
            self.world.note(f"the claim of {actor} is lost, which is at epoch {epoch} again")
            self.watch.forgot(actor, epoch)

    def make(self, incarnation: Incarnation) -> Actor:
        """The actor itself."""
        return (Session if incarnation.actor.kind == "session" else Counter)(self, incarnation)

    def new_host_id(self) -> HostId:
        """An id that no host had."""
        return HostId(UUID(int=next(self._ids)))

    def publish(self, conversation: str, events: list[tuple[str, int]]) -> None:
        """Append to the event log, which takes one of each of these."""
        for event in events:
            if event not in self.watch.events[conversation]:
                self.watch.published(conversation, *event)

    def _arrive(self, name: str, letter: Letter, reply: Box) -> None:
        host = self._up.get(name)
        if host is None:
            self._break(reply, f"{name} is not there")
            return
        calls = self._calls[host]
        calls[reply] = None

        def settle(value: Reply) -> None:
            calls.pop(reply, None)
            if self.world.chance(0.02):
                self.world.at(self.world.delay(), lambda: reply.put(error=ReplyLost(f"{name}'s reply was lost")))
            else:
                self.world.at(self.world.delay(), lambda: reply.put(value))

        host.start(host.receive(letter, settle))

    def _break(self, reply: Box, why: str) -> None:
        self.world.at(self.world.delay(), lambda: reply.put(error=Trouble(why)))
