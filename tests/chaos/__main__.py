"""`make chaos`: break everything for minutes while people chat, and print what they noticed."""

import argparse
import asyncio
import sys
from pathlib import Path
from random import SystemRandom

from tests.bench.figures import say
from tests.chaos import report
from tests.chaos.plan import plan
from tests.chaos.storm import storm

SECONDS = 400.0
NODES_SECONDS = 25.0
EVERY = 1.7
CLIENTS = 20


async def run(options: argparse.Namespace) -> bool:
    """One run of each kind; answers whether no rule was broken."""
    nodes = 0 if options.only_instance else await nodes_storm(options.seed, NODES_SECONDS)
    say(f"\na whole instance, seed {options.seed} (python -m tests.chaos --seed {options.seed})")
    faults = plan(options.seed, seconds=options.seconds, every=options.every)
    found = await storm(faults, seed=options.seed, clients=options.clients, records=options.records)
    for line in report.lines(found):
        say(line)
    return report.sound(found) and nodes == 0


async def nodes_storm(seed: int, seconds: float) -> int:
    """The run that needs a process of its own; answers its exit status."""
    say("several nodes, under Ray's own fault injection")
    words = ("-m", "tests.chaos.nodes", "--seed", str(seed), "--seconds", str(seconds))
    process = await asyncio.create_subprocess_exec(sys.executable, *words)
    return await process.wait()


def main() -> None:
    """Read the options, run, and end with 1 when a rule was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**6))
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long faults happen")
    parser.add_argument("--every", type=float, default=EVERY, help="seconds between faults")
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--only-instance", action="store_true", help="leave out the run on several nodes")
    parser.add_argument("--records", type=Path, help="a folder to keep what was seen and logged in")
    sys.exit(0 if asyncio.run(run(parser.parse_args())) else 1)


if __name__ == "__main__":
    main()
