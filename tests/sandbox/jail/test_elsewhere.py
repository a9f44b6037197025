"""The jail on machines that are not this one, as far as they can be had here; what is missing is skipped."""

import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.jail.jail import Jail, KernelJail, kernel_planned, planned
from sandbox.jail.limits import Limits
from sandbox.jail.plan import Plan
from sandbox.jail.run import Run
from sandbox.jail.seccomp.assemble import (
    ALLOW,
    AND,
    AT_LEAST,
    AUDIT,
    EQUAL,
    GREATER,
    KILL,
    LOAD,
    NO_SUCH_CALL,
    RETURN,
)
from sandbox.jail.seccomp.numbers import ARCHITECTURES, numbers
from sandbox.jail.seccomp.policy import PLAIN
from sandbox.jail.seccomp.write import blob

ROOT = Path(__file__).parents[3]
BWRAP, RUNSC = shutil.which("bwrap"), shutil.which("runsc")
NEVER = {"x86_64": {"mount": 165, "ptrace": 101, "bpf": 321, "unshare": 272, "keyctl": 250}}
NEVER["aarch64"] = {"mount": 40, "ptrace": 117, "bpf": 280, "unshare": 97, "keyctl": 219}


def own(plan: Plan) -> Plan:
    """The same plan with the machine's own bubblewrap."""
    binds = tuple(bind for bind in plan.binds if not bind[1].startswith("bwrap/"))
    return replace(plan, bwrap="bwrap/own", binds=(*binds, (str(BWRAP), "bwrap/own")))


def planned_with_own(limits: Limits, preload: Sequence[str]) -> Plan:
    return own(planned(limits, preload))


def kernel_planned_with_own(limits: Limits, preload: Sequence[str]) -> Plan:
    return own(kernel_planned(limits, preload))


@pytest.mark.skipif(BWRAP is None, reason="no bubblewrap of the system's")
async def test_every_wall_holds_with_the_systems_bubblewrap():
    jail = Jail(planned_with_own)
    assert [wall for wall in await jail.walls() if not wall.holds] == []
    assert [wall for wall in await KernelJail(kernel_planned_with_own).walls() if not wall.holds] == []
    assert (await jail.run(Run(code="print(1)"))).stdout == "1\n"


@pytest.mark.skipif(RUNSC is None or os.geteuid() != 0, reason="no gVisor (runsc), or not root")
def test_under_gvisor_every_wall_holds_or_nothing_runs():
    checked = in_gvisor("check")
    ran = in_gvisor("run", given="print('it ran')")
    held = "MISSING" not in checked.stdout
    assert "runs a program" in checked.stdout, checked.stderr
    assert (checked.returncode == 0) == held
    assert ("it ran" in ran.stdout) == held
    assert held or "no untrusted code runs here" in ran.stderr


def in_gvisor(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    sandbox = (str(RUNSC), "--network=none", "--platform=ptrace", "--ignore-cgroups", "--overlay=true", "do")
    door = (sys.executable, "-c", "from cluster.cli import main; main()", "sandbox", *words)
    command = (*sandbox, "env", f"PYTHONPATH={ROOT}", *door)
    return subprocess.run(command, input=given, capture_output=True, text=True, timeout=100, check=False)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_filter_of_each_architecture_lets_through_what_is_listed_and_nothing_else(architecture: str):
    filter, calls = blob(architecture).read_bytes(), numbers(architecture)
    allowed = {calls[name] for name in calls if name in PLAIN}
    ruled = {calls[name] for name in calls if name not in PLAIN}
    verdicts = {number: verdict(filter, architecture, number) for number in range(1000) if number not in ruled}
    assert {number for number, said in verdicts.items() if said == ALLOW} == allowed
    assert {said for number, said in verdicts.items() if number not in allowed} == {NO_SUCH_CALL}
    assert not set(NEVER[architecture].values()) & (allowed | ruled)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_filter_of_each_architecture_looks_at_arguments(architecture: str):
    filter, calls = blob(architecture).read_bytes(), numbers(architecture)
    kinds = {"plain": (1, 1, 0), "web": (2, 1, 6), "netlink": (16, 3, 0), "raw": (2, 3, 1), "packet": (17, 3, 0)}
    said = {name: verdict(filter, architecture, calls["socket"], *kind) == ALLOW for name, kind in kinds.items()}
    assert said == {"plain": True, "web": True, "netlink": False, "raw": False, "packet": False}
    assert verdict(filter, architecture, calls["clone"], 0x11) == ALLOW
    assert verdict(filter, architecture, calls["clone"], 0x10000000) == NO_SUCH_CALL
    assert verdict(filter, architecture, calls["ioctl"], 0, 0x5412) == NO_SUCH_CALL


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_call_by_another_architectures_table_is_the_end(architecture: str):
    filter = blob(architecture).read_bytes()
    (other,) = set(ARCHITECTURES) - {architecture}
    assert verdict(filter, other, 0) == KILL
    assert verdict(filter, architecture, 0x40000000) == KILL


def verdict(filter: bytes, architecture: str, number: int, *arguments: int) -> int:
    """What the kernel would do with a call: it runs the few instructions of BPF that our filters are made of."""
    data = struct.pack("=iIQ6Q", number, AUDIT[architecture], 0, *(*arguments, *[0] * (6 - len(arguments))))
    code, at, value = list(struct.iter_unpack("=HBBI", filter)), 0, 0
    tests = {EQUAL: int.__eq__, GREATER: int.__gt__, AT_LEAST: int.__ge__}
    while True:
        operation, if_true, if_false, constant = code[at]
        at += 1
        if operation == RETURN:
            return constant
        if operation == LOAD:
            (value,) = struct.unpack_from("=I", data, constant)
        elif operation == AND:
            value &= constant
        else:
            at += if_true if tests[operation](value, constant) else if_false
