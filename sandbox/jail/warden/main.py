"""A warden's life: it receives a plan, builds the jail, waits for one run, watches it, reports, and is gone.

It is a process of its own because a jail is made by changes to the process that makes it, and because a jail dies with
the thread that started it. When its standard input ends, whoever wanted the run does not want it any more.
"""

import os
import select
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from sandbox.jail import frames
from sandbox.jail.plan import STAGE, Plan
from sandbox.jail.warden import files, kernel, stage, users
from sandbox.jail.warden.cells import Cells, CellWatch
from sandbox.jail.warden.launch import Child, launch
from sandbox.jail.warden.pipes import LIFELINE, answer, receive, result_in
from sandbox.jail.warden.watch import Ending, Watch


def main() -> None:
    """Serve one run."""
    os.umask(0o022)
    plan = Plan.from_json(receive()[0])
    user, lock = None, None
    try:
        # As root, a user of the pool; else our own, who is root in the namespace that we make.
        if os.geteuid() == 0:
            user, lock = users.take()
        child = build(plan, user)
    except (OSError, users.NoUserLeft) as error:
        answer({"state": "failed", "why": f"{type(error).__name__}: {error}"})
        return
    watch = CellWatch(plan, child, LIFELINE) if plan.cells else Watch(plan, child, LIFELINE)
    try:
        confine(plan, watch, child, user or 0)
    finally:
        watch.bury()
        if lock is not None:
            users.give_back(lock)


def build(plan: Plan, user: int | None) -> Child:
    """The jail, on its way to wait for its order."""
    with open(plan.seccomp, "rb") as file:
        seccomp = file.read()
    kernel.adopt_orphans()
    stage.enter_own_namespace()
    stage.build(plan, owner=user or 0)
    return launch(plan, user, seccomp)


def confine(plan: Plan, watch: Watch, child: Child, owner: int) -> None:
    """See the jail through its one run, or to the news that there will be none."""
    if not watch.until_ready(plan.setup_seconds):
        watch.bury()
        said = bytes(watch.ending.said[child.stderr]).decode(errors="replace").strip()
        answer({"state": "failed", "why": said or "the program inside did not become ready"})
        return
    answer({"state": "ready"})
    with suppress(EOFError):
        if isinstance(watch, CellWatch):
            serve_cells(owner, watch, child)
        else:
            serve(owner, watch, child, *wait_for_order(child))


def wait_for_order(child: Child) -> frames.Frame:
    """The run that this jail is for. Raises EOFError if there is none, or if the jail ended while it waited."""
    ready = select.poll()
    ready.register(LIFELINE, select.POLLIN)
    ready.register(child.pidfd, select.POLLIN)
    if any(descriptor == child.pidfd for descriptor, _ in ready.poll()):
        raise EOFError
    return receive()


def serve(owner: int, watch: Watch, child: Child, order: dict[str, Any], blobs: list[bytes]) -> None:
    """Give the program its code and files, see it through, and answer with what it came to."""
    code, *contents = blobs
    given = dict(zip(order["names"], contents, strict=True))
    try:
        files.put(f"{STAGE}/work", given, owner)
    except OSError as error:
        answer({"state": "refused", "why": f"{error.strerror}: these files don't fit"})
        return
    stage.write("run/main.py" if order["language"] == "python" else "run/main.sh", code)
    with suppress(BrokenPipeError):
        os.write(child.order, f"{order['marker']} {order['language']}\n".encode())
    ending = watch.until_end(order["seconds"])
    report(ending, child, order["marker"], given)


def serve_cells(owner: int, watch: CellWatch, child: Child) -> None:
    """Serve a kernel's cells until it ends or is not wanted any more."""
    cells = Cells(watch, child, owner)
    while cells.go_on:
        cells.serve(*wait_for_order(child))


def report(ending: Ending, child: Child, marker: str, given: Mapping[str, bytes]) -> None:
    """Answer with everything that is left of a run."""
    found = files.harvest(f"{STAGE}/work", given)
    head = {
        "state": "ended",
        "exit": ending.status,
        "killed_by": ending.killed_by,
        "seconds": ending.seconds,
        "cpu_seconds": ending.cpu_seconds,
        "names": list(found.files),
        "left_out": found.left_out,
    }
    said = [bytes(ending.said[descriptor]) for descriptor in (child.stdout, child.stderr)]
    result = result_in(bytes(ending.said[child.report]), marker.encode())
    answer(head, *said, result, *found.files.values())
