"""One schedule: a seed decides what clients do, what goes wrong and when, and in which order everything happens."""

from collections import Counter
from dataclasses import dataclass

from cluster.runtime.actor import ActorId
from tests.simulation.callers import Client
from tests.simulation.hosts import SimulatedHost
from tests.simulation.stage import Stage
from tests.simulation.watch import Broken
from tests.simulation.world import Machine, Work, World

CONVERSATIONS = 2
SETTLING_SECONDS = 120.0
"""What the system has (simulated) after the last fault to bring everything to its end."""
HOURS = 7200.0
MOST_STEPS = 20_000
"""Of a schedule; a common one has some hundreds."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a schedule was made of."""

    steps: int
    turns: int
    faults: "Counter[str]"


class Schedule:
    """A stage, its clients, and the faults."""

    def __init__(self, seed: int) -> None:
        self.world = World(seed)
        self.stage = Stage(self.world)
        self.faults: Counter[str] = Counter()
        self._clients = [Client(self.world, f"client/{number}", self.stage) for number in range(CONVERSATIONS)]
        self.world.fault = self._fault

    def run(self) -> Outcome:
        """Play it. Raises Broken when an invariant is."""
        random = self.world.random
        saying = [
            client.start(self._after(random.uniform(0.0, 3.0), client.say(f"{client.name}.{number}", talk)))
            for client in self._clients
            for talk in [ActorId("session", client.name)]
            for number in range(random.randint(1, 3))
        ]
        for client in self._clients:
            client.start(client.answer(ActorId("session", client.name), random.uniform(0.0, 20.0)))
        counter = ActorId("counter", "one")
        for number in range(random.randint(1, 4)):
            self._clients[0].start(self._after(random.uniform(0.0, 3.0), self._clients[0].count(f"m{number}", counter)))
        if random.random() < 0.3:
            talk = ActorId("session", self._clients[0].name)
            self._clients[0].start(self._after(random.uniform(0.0, 3.0), self._clients[0].stop(talk)))
        self._play(until=random.uniform(2.0, 6.0), lossy=True)
        self.world.database_away_until = 0.0
        deadline = self.world.now + SETTLING_SECONDS
        while not (all(one.done.full for one in saying) and self.stage.watch.quiet()) and self.world.now < deadline:
            self._step()
        self.stage.watch.at_rest()
        return Outcome(self.world.steps, len(self.stage.rows.turns), self.faults)

    def _play(self, *, until: float, lossy: bool) -> None:
        self.world.lossy = lossy
        while self.world.now < until:
            self._step()
        self.world.lossy = False

    def _step(self) -> None:
        self.world.advance()
        if self.world.steps > MOST_STEPS:
            raise Broken("8: it goes round in circles")

    def _after(self, seconds: float, work: Work) -> Work:
        yield seconds
        yield from work

    def _fault(self, machine: Machine) -> None:
        """Something goes wrong, mostly in the machine that is about to take a step."""
        world, random = self.world, self.world.random
        hosts = self.stage.hosts
        if not hosts:
            return
        host = machine if isinstance(machine, SimulatedHost) and machine in hosts else random.choice(hosts)
        kind = random.choice(("crash", "crash", "freeze", "freeze", "away", "clock", "expire", "stop", "lose"))
        self.faults[kind] += 1
        world.note(f"fault: {kind} {host.name}")
        match kind:
            case "crash":
                self.stage.died(host)
            case "freeze":
                host.frozen_until = world.now + random.uniform(0.01, 3.0) * self.stage.lease
            case "away":
                world.database_away_until = world.now + random.uniform(0.01, 1.5) * self.stage.lease
            case "lose":
                self.stage.lose_database()
                world.database_away_until = world.now + random.uniform(0.01, 1.5) * self.stage.lease
            case "clock":
                world.clock_stepped += random.choice((random.uniform(-3.0, 3.0) * self.stage.lease, HOURS))
            case "expire":
                known = self.stage.rows.hosts.items()
                self.stage.rows.declare_dead([id for id, one in known if one.row.name == host.name])
            case _:
                if not host.stopping:
                    host.start(host.stop())
