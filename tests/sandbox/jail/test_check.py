"""The self-test names each wall that is taken away, and then nothing runs."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.errors import JailUnavailable
from sandbox.jail.check import WALLS
from sandbox.jail.jail import Jail, planned
from sandbox.jail.limits import Limits
from sandbox.jail.plan import Plan
from sandbox.jail.run import Run
from sandbox.jail.seccomp.assemble import program
from sandbox.jail.seccomp.numbers import ARCHITECTURES
from sandbox.jail.seccomp.write import blob

Change = Callable[[Plan], Plan]
ALLOW_ALL = b"\x06\x00\x00\x00\x00\x00\xff\x7f"
"""A filter of one instruction: allow."""


def without(*words: str) -> Change:
    """A plan that does not ask bubblewrap for this."""

    def change(plan: Plan) -> Plan:
        options, size = list(plan.options), len(words)
        at = next(place for place in range(len(options)) if tuple(options[place : place + size]) == words)
        return replace(plan, options=tuple(options[:at] + options[at + size :]))

    return change


def jail_with(change: Change) -> Jail:
    """A jail that is built otherwise than it should be."""

    def planner(limits: Limits, preload: Sequence[str]) -> Plan:
        return change(planned(limits, preload))

    return Jail(planner)


@pytest.fixture
def everything(tmp_path: Path) -> Path:
    """A filter that lets everything through."""
    path = tmp_path / "all.bpf"
    path.write_bytes(ALLOW_ALL)
    return path


async def test_every_wall_holds_here(jail: Jail):
    assert [wall.name for wall in await jail.walls() if not wall.holds] == []
    assert len(await jail.walls()) == len(WALLS) + 1


def without_rlimits(plan: Plan) -> Plan:
    """A plan that bounds no process."""
    return replace(plan, rlimits={})


def with_large_rooms(plan: Plan) -> Plan:
    """A plan that bounds no disk."""
    return replace(plan, rooms=tuple(replace(room, size=1 << 40) for room in plan.rooms))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (without("--unshare-net"), "loopback of the machine"),
        (without("--unshare-net"), "abstract sockets"),
        (without("--unshare-pid"), "processes of the machine"),
        (without("--remount-ro", "/"), "read-only root"),
        (without_rlimits, "limits"),
        (with_large_rooms, "limits"),
    ],
    ids=["network", "names", "processes", "root", "rlimits", "rooms"],
)
async def test_a_missing_wall_is_named_and_nothing_runs(change: Change, named: str):
    with pytest.raises(JailUnavailable, match=named):
        await jail_with(change).run(Run(code="print('it ran')"))


@pytest.mark.parametrize("named", ["virtual sockets", "tracing", "keyrings"])
async def test_without_the_filter_what_it_stops_is_named(named: str, everything: Path):
    open_jail = jail_with(lambda plan: replace(plan, seccomp=str(everything)))
    with pytest.raises(JailUnavailable, match=named):
        await open_jail.run(Run(code="print('it ran')"))


async def test_a_machine_without_bubblewrap_runs_nothing():
    gone = jail_with(lambda plan: replace(plan, bwrap="nothing"))
    with pytest.raises(JailUnavailable, match="could not be started"):
        await gone.run(Run(code="print('it ran')"))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_shipped_filter_is_what_the_policy_says(architecture: str):
    assert blob(architecture).read_bytes() == program(architecture)
