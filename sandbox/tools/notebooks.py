"""A Python session that keeps its variables while the conversation goes on, as tools.

Its folder is `notebooks/<last digits of the conversation's id>` in the workspace: what cells make or change is kept
there, and a new kernel finds it again. Files named in a call are given as copies, so the originals stay as they are.
"""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from hashlib import blake2b
from typing import Annotated, Any

from pydantic import Field

from cluster.errors import ApexError, NotFound
from cluster.ids import ConversationId
from sandbox.files import plain
from sandbox.jail.kernel import CellOutcome, CellRun
from sandbox.notebook.kernels import NOTEBOOK, Ran, ending
from sandbox.tool import Example, Facts, ToolContext, tool

FOLDER = "notebooks"
DIGITS = 12
"""The last of a conversation's id: the first ones are a time."""
PLOTS = "plots"
MOST_SECONDS = 120
MOST_SEEDED, MOST_SEEDED_BYTES = 200, NOTEBOOK.work_bytes // 2
LONGEST_OUTPUT, LONGEST_ERRORS = 20_000, 8_000
ANSWER: Mapping[str, object] = {"stdout": "", "stderr": "", "value": "42", "files": [], "kernel": "fresh"}
DEFINED = (("notebook_run", {"code": "x = 42"}),)

Code = Annotated[str, Field(min_length=1, max_length=200_000)]
Paths = Annotated[list[Annotated[str, Field(max_length=500)]], Field(max_length=20)]


@tool(
    category="notebook",
    facts=Facts(reads_private=True, side_effect=True, in_conversation=True, seconds=240),
    example=Example(arguments={"code": "x = 6\nx * 7"}, result=ANSWER),
)
async def notebook_run(
    context: ToolContext,
    *,
    code: Annotated[Code, "Python; the last expression's value is shown"],
    files: Annotated[Paths | None, "Workspace files to copy beside the code, at the same paths"] = None,
    timeout: Annotated[int, Field(ge=1, le=MOST_SECONDS), "Seconds until it is interrupted"] = 30,  # noqa: ASYNC109
) -> dict[str, object]:
    """Run Python in this conversation's notebook, which keeps variables between calls. Shows tables and open plots.

    numpy, pandas, matplotlib, duckdb and pillow are there; no network. Files written are kept in the workspace.
    """
    folder = folder_of(context.here())
    given = {plain(path): await context.files.read(path) for path in files or ()}
    cell = CellRun(
        code=code, seconds=timeout, files={path.removeprefix(f"{folder}/"): each for path, each in given.items()}
    )
    ran = await context.kernels.run_cell(context.user, context.here(), cell, partial(_seed, context, folder))
    kept, notes = await _keep(context, folder, ran.outcome)
    return _told(ran, kept, [*_endings(ran, cell), *ran.outcome.said.notes, *notes])


@tool(
    category="notebook",
    facts=Facts(side_effect=True, idempotent=True, in_conversation=True, seconds=60),
    example=Example(arguments={}, result={"reset": True}, after=DEFINED),
)
async def notebook_reset(context: ToolContext) -> dict[str, object]:
    """Forget all variables of this conversation's notebook. Its files stay."""
    return {"reset": await context.kernels.end(context.user, context.here())}


@tool(
    category="notebook",
    facts=Facts(reads_private=True, idempotent=True, in_conversation=True, seconds=60),
    example=Example(
        arguments={},
        result={
            "kernel": "idle",
            "folder": "notebooks/51338d9f18bc",
            "idle_seconds": 3,
            "cells": 1,
            "count": 1,
            "variables": [{"name": "x", "type": "int", "bytes": 28}],
        },
        varies=True,
        after=DEFINED,
    ),
)
async def notebook_state(context: ToolContext) -> dict[str, object]:
    """List the variables of this conversation's notebook with their types and sizes."""
    state = await context.kernels.state(context.user, context.here())
    told: dict[str, object] = {"kernel": "none", "folder": folder_of(context.here())}
    if state is None:
        return told
    told |= {"kernel": "busy" if state.busy else "idle", "idle_seconds": round(state.idle_seconds)}
    return told if state.variables is None else told | state.variables.model_dump(exclude_none=True)


NOTEBOOK_TOOLS = (notebook_run, notebook_reset, notebook_state)


def folder_of(conversation: ConversationId) -> str:
    """Where in the workspace a conversation's notebook keeps its files."""
    return f"{FOLDER}/{conversation.hex[-DIGITS:]}"


async def _seed(context: ToolContext, folder: str) -> Mapping[str, bytes]:
    """The notebook's files, without its plots, as far as there is room for them."""
    seed: dict[str, bytes] = {}
    room = MOST_SEEDED_BYTES
    with suppress(NotFound):
        for facts in await context.files.list(folder, recursive=True):
            name = facts.path.removeprefix(f"{folder}/")
            wanted = not facts.is_folder and not name.startswith(f"{PLOTS}/") and facts.size <= room
            if wanted and len(seed) < MOST_SEEDED:
                seed[name] = await context.files.read(facts.path)
                room -= facts.size
    return seed


async def _keep(context: ToolContext, folder: str, outcome: CellOutcome) -> tuple[list[dict[str, object]], list[str]]:
    """Keep plots and files in the workspace. Answers what was kept, plots first, and what is to be said of the rest."""
    plots = {f"{folder}/{PLOTS}/{_digest(image)}.png": image for image in outcome.said.images}
    files = {f"{folder}/{name}": content for name, content in outcome.files.items()}
    notes = [f"{outcome.left_out} files were too many, too large or not plain, and were not kept."]
    if not outcome.left_out:
        notes.clear()
    kept: list[dict[str, object]] = []
    for some in (plots, files):
        try:
            saved = await context.files.write(some) if some else ()
            kept.extend({"path": facts.path, "size": facts.size} for facts in saved)
        except ApexError as error:
            notes.append(f"{len(some)} files were not kept: {error}")
    return kept, notes


def _digest(image: bytes) -> str:
    return blake2b(image, digest_size=6).hexdigest()


def _endings(ran: Ran, cell: CellRun) -> list[str]:
    """What a model must know of the kernel's life."""
    outcome = ran.outcome
    notes = [f"New kernel: no variables of earlier cells, because {ran.lost}."] if ran.lost else []
    if outcome.ended_by is not None:
        notes.append(f"The kernel is gone with its variables: {ending(outcome, cell, NOTEBOOK)}. Files are kept.")
    elif outcome.stopped_by == "time":
        notes.append(f"Interrupted after {cell.seconds:g} seconds; the variables are kept.")
    elif outcome.stopped_by == "output":
        notes.append("Interrupted because it printed too much; the variables are kept.")
    return notes


def _told(ran: Ran, kept: list[dict[str, object]], notes: list[str]) -> dict[str, object]:
    outcome, said = ran.outcome, ran.outcome.said
    more: dict[str, Any] = {
        "table": None if said.table is None else said.table.model_dump(),
        "error": said.error,
        "notes": notes,
    }
    kernel = "fresh" if ran.fresh else "kept"
    return {
        "stdout": _cut(outcome.stdout, LONGEST_OUTPUT),
        "stderr": _cut(outcome.stderr, LONGEST_ERRORS),
        "value": said.value,
        "files": kept,
        "kernel": "ended" if outcome.ended_by is not None else kernel,
        **{name: value for name, value in more.items() if value},
    }


def _cut(text: str, most: int) -> str:
    """Beginning and end of a text that is too long."""
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]}\n[{len(text) - 2 * half} characters left out]\n{text[-half:]}"
