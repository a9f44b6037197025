"""One kernel as its caller holds it: a jail that serves cell after cell, and keeps its variables between them.

What it says of a cell is read as a stranger's claim: the cells' code runs in the same process. What is attested, by the
warden outside, is how a cell ended, how long it took, what it printed, and which files it left.
"""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Base64Bytes, BaseModel, Field, ValidationError

from sandbox.errors import FilesRefused, JailUnavailable
from sandbox.jail.cell import checked
from sandbox.jail.limits import Limits
from sandbox.jail.plan import Plan
from sandbox.jail.run import Run
from sandbox.jail.talk import GRACE_SECONDS, Warden
from sandbox.runner import Tell, tell_nobody

StoppedBy = Literal["time", "output", "cancel"]
EndedBy = Literal["time", "cpu", "memory", "output", "cancel", "signal", "exit", "restless"]
STOP_SECONDS = 3.5
"""How long the warden may need, beyond a cell's time, to interrupt it and to make everything stand still."""
STATE_SECONDS = 5.0
UNREADABLE = "The kernel did not say what came of this cell."
LONGEST_LINE = 200
"""Of what is told while a cell prints."""
PNG = b"\x89PNG\r\n\x1a\n"

Word = Annotated[str, Field(max_length=1000)]
Answer = tuple[dict[str, Any], list[bytes]]
Entry = Word | int | float | bool | None


@dataclass(frozen=True, kw_only=True)
class CellRun:
    """A cell to run: its code, files that it gets, and how long it may take."""

    code: str
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    seconds: float = 30.0


class Table(BaseModel):
    """The beginning of a table."""

    columns: Annotated[list[Word], Field(max_length=21)]
    rows: Annotated[list[Annotated[list[Entry], Field(max_length=21)]], Field(max_length=50)]
    total_rows: int
    total_columns: int


class Variable(BaseModel):
    """A name that the cells have defined."""

    name: Word
    type: Word
    bytes: int
    shape: Annotated[list[int], Field(max_length=8)] | None = None
    length: int | None = None


class Variables(BaseModel):
    """The names there are, the first hundred of them."""

    cells: int = 0
    count: int = 0
    variables: Annotated[list[Variable], Field(max_length=100)] = []


class Said(BaseModel):
    """What the kernel says of a cell."""

    value: Annotated[str, Field(max_length=11_000)] | None = None
    table: Table | None = None
    images: Annotated[list[Base64Bytes], Field(max_length=8)] = []
    error: Word | None = None
    """The error that ended the cell, on one line."""
    notes: Annotated[list[Word], Field(max_length=20)] = []


@dataclass(frozen=True, kw_only=True)
class CellOutcome:
    """What a cell came to."""

    said: Said
    stdout: str
    stderr: str
    stopped_by: StoppedBy | None
    """What it was interrupted for; the kernel may have survived that."""
    ended_by: EndedBy | None
    """What ended the kernel with all its variables, if it ended."""
    exit: int
    files: Mapping[str, bytes]
    """What was made or changed in the work folder since the cell before, within caps."""
    left_out: int
    seconds: float


class Kernel:
    """A jail with a Python session in it. One cell at a time: the caller sees to that."""

    def __init__(self, warden: Warden, limits: Limits) -> None:
        self._warden = warden
        self._limits = limits
        self._unclaimed: dict[str, bytes] = {}
        self._exchanging: asyncio.Future[Answer] | None = None

    @classmethod
    async def start(cls, plan: Plan, limits: Limits, *, environment: Mapping[str, str] | None = None) -> "Kernel":
        """Build its jail and wait until it is ready. Raises JailUnavailable."""
        return cls(await Warden.start(plan, environment=environment), limits)

    @property
    def is_alive(self) -> bool:
        """Whether its variables are still there."""
        return self._warden.is_alive

    async def run(self, cell: CellRun, tell: Tell = tell_nobody) -> CellOutcome:
        """Run a cell. Cancelling interrupts it and waits until it has stopped; then the kernel is killed if it must be.

        `tell` hears the last line that it has printed, now and then.

        Raises FilesRefused, and JailUnavailable when the jail itself is gone.
        """
        checked(Run(code=cell.code, files=cell.files, limits=self._limits))
        head, blobs = await self._ordered("cell", cell, tell)
        stdout, stderr, report, *contents = blobs
        files = {**self._unclaimed, **dict(zip(head["names"], contents, strict=True))}
        self._unclaimed.clear()
        return CellOutcome(
            said=_said(report, ended=head["killed_by"] is not None),
            stdout=stdout.decode(errors="replace"),
            stderr=stderr.decode(errors="replace"),
            stopped_by=head["stopped_by"],
            ended_by=head["killed_by"],
            exit=head["exit"],
            files=files,
            left_out=head["left_out"],
            seconds=head["seconds"],
        )

    async def variables(self) -> Variables:
        """The names that the cells have defined."""
        head, blobs = await self._ordered("state", CellRun(code="", seconds=STATE_SECONDS))
        self._unclaimed |= dict(zip(head["names"], blobs[3:], strict=True))
        try:
            return Variables.model_validate_json(blobs[2] or b"{}")
        except ValidationError:
            return Variables()

    async def close(self) -> None:
        """End it and everything within; nothing is left when this returns. A cell that runs ends in JailUnavailable."""
        exchange = self._exchanging
        if exchange is not None and not exchange.done():
            exchange.cancel()
            await asyncio.wait([exchange])
        await self._warden.close()

    async def _ordered(self, what: str, cell: CellRun, tell: Tell = tell_nobody) -> Answer:
        exchange = self._exchanging = asyncio.ensure_future(self._exchange(what, cell, tell))
        try:
            head, blobs = await asyncio.shield(exchange)
        except asyncio.CancelledError:
            if not exchange.cancelled():
                await self._interrupt(exchange)
            elif not _is_cancelled():
                raise JailUnavailable("the kernel was ended") from None
            raise
        if head["state"] != "served":
            raise FilesRefused(head["why"])
        if head["killed_by"] is not None:
            await self.close()
        return head, blobs

    async def _exchange(self, what: str, cell: CellRun, tell: Tell) -> Answer:
        names = list(cell.files)
        order = {"state": "order", "marker": secrets.token_hex(16), "what": what, "names": names}
        try:
            async with asyncio.timeout(cell.seconds + STOP_SECONDS + GRACE_SECONDS):
                contents = (cell.files[name] for name in names)
                await self._warden.send({**order, "seconds": cell.seconds}, cell.code.encode(), *contents)
                while True:
                    head, blobs = await self._warden.receive()
                    if head["state"] != "prints":
                        return head, blobs
                    if line := _last_line(blobs[0]):
                        tell(line)
        except TimeoutError:
            await self._warden.close()
            raise JailUnavailable("the kernel's warden did not answer in time, and was ended") from None
        except BaseException:
            await self._warden.close()
            raise

    async def _interrupt(self, exchange: "asyncio.Future[Answer]") -> None:
        """Let nobody wait for a cell; what it left meanwhile is given out with the next."""
        try:
            await self._warden.send({"state": "interrupt"})
            head, blobs = await exchange
        except (JailUnavailable, FilesRefused):
            return
        except BaseException:
            exchange.cancel()
            raise
        if head["state"] == "served":
            self._unclaimed |= dict(zip(head["names"], blobs[3:], strict=True))
            if head["killed_by"] is not None:
                await self.close()


def _last_line(printed: bytes) -> str:
    """The last line with something on it, as plain words."""
    lines = printed.decode(errors="replace").split("\n")
    plain = ("".join(char if char.isprintable() else " " for char in line).strip() for line in reversed(lines))
    return next(filter(None, plain), "")[-LONGEST_LINE:]


def _is_cancelled() -> bool:
    """Whether this task is to end, and not only what it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _said(report: bytes, *, ended: bool) -> Said:
    """A stranger's claim, if it has the form of one."""
    try:
        said = Said.model_validate_json(report)
    except ValidationError:
        return Said(error=None if ended else UNREADABLE)
    return said.model_copy(update={"images": [image for image in said.images if image.startswith(PNG)]})
