"""One jail as the caller holds it: started ahead or on demand, used for one run, then gone.

The caller never touches what it confines. It speaks to a warden, a process of its own with an empty environment, and
closing the pipe to the warden is how a run is cancelled.
"""

import asyncio
import json
import secrets
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, cast

from sandbox.errors import FilesRefused, JailUnavailable
from sandbox.jail.limits import MIB
from sandbox.jail.plan import Plan
from sandbox.jail.run import KilledBy, Outcome, Run
from sandbox.jail.talk import GRACE_SECONDS, Warden

LARGEST_CODE = MIB
MOST_GIVEN, LONGEST_PATH = 1000, 1000


class Cell:
    """A jail that waits for its run. Raises JailUnavailable where it cannot be built."""

    def __init__(self, warden: Warden) -> None:
        self._warden = warden

    @classmethod
    async def start(cls, plan: Plan, *, environment: Mapping[str, str] | None = None) -> "Cell":
        """Build a jail by this plan and wait until it is ready. Only the self-test gives its warden an environment."""
        return cls(await Warden.start(plan, environment=environment))

    @property
    def is_alive(self) -> bool:
        """Whether its warden still waits."""
        return self._warden.is_alive

    async def run(self, run: Run) -> Outcome:
        """Give it its program and wait for the end. A cell serves once; cancelling ends everything within.

        When this returns, nothing within is alive, and the warden has only to go: `close` waits for that.
        """
        checked(run)
        names = list(run.files)
        order = {"marker": secrets.token_hex(16), "language": run.language, "names": names}
        try:
            async with asyncio.timeout(run.limits.wall_seconds + GRACE_SECONDS):
                await self._warden.send(
                    {**order, "seconds": run.limits.wall_seconds},
                    run.code.encode(),
                    *(run.files[name] for name in names),
                )
                head, blobs = await self._warden.receive()
        except TimeoutError:
            await self.close()
            raise JailUnavailable("the jail's warden did not answer in time, and was ended") from None
        except BaseException:
            await self.close()
            raise
        if head["state"] != "ended":
            raise FilesRefused(head["why"])
        return _outcome(head, blobs)

    async def close(self) -> None:
        """End it and everything within; nothing is left when this returns."""
        await self._warden.close()


def checked(run: Run) -> None:
    """Refuse what no program can be given, before anything is spent on it. Raises FilesRefused."""
    if len(run.code.encode()) > LARGEST_CODE:
        raise FilesRefused(f"a program has at most {LARGEST_CODE} bytes")
    if len(run.files) > MOST_GIVEN or sum(map(len, run.files.values())) > run.limits.work_bytes:
        raise FilesRefused("these files don't fit into the work folder")
    for name in run.files:
        path = PurePosixPath(name)
        plain = str(path) == name and not path.is_absolute() and ".." not in path.parts and name.isprintable()
        if not plain or name == "." or "\\" in name or len(name) > LONGEST_PATH or max(map(len, path.parts)) > 120:
            raise FilesRefused(f"not a path below the work folder: {name!r}")


def _outcome(head: dict[str, Any], blobs: list[bytes]) -> Outcome:
    stdout, stderr, result, *contents = blobs
    return Outcome(
        stdout=stdout.decode(errors="replace"),
        stderr=stderr.decode(errors="replace"),
        exit=head["exit"],
        killed_by=cast("KilledBy | None", head["killed_by"]),
        files=dict(zip(head["names"], contents, strict=True)),
        left_out=head["left_out"],
        result=_result(result),
        seconds=head["seconds"],
    )


def _result(payload: bytes) -> object:
    """What a stranger says is JSON."""
    try:
        return json.loads(payload) if payload else None
    except (ValueError, RecursionError):
        return None
