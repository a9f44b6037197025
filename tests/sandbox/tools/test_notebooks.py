"""The notebook's tools: what a model gets to see, and what is kept in the workspace."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any, cast

import pytest

from cluster.errors import Invalid, NotFound
from cluster.ids import ConversationId, new_id
from sandbox.errors import ToolFailed
from sandbox.jail.jail import KernelJail
from sandbox.notebook.inline import InlineKernels
from sandbox.tool import ToolContext
from sandbox.tools.notebooks import folder_of, notebook_reset, notebook_run, notebook_state
from tests.sandbox.memory_files import MemoryFiles

JAIL = KernelJail()


@pytest.fixture
def here(context: ToolContext) -> ToolContext:
    """A conversation of the user."""
    return replace(context, conversation=ConversationId(new_id()))


@pytest.fixture
async def later(here: ToolContext) -> AsyncGenerator[ToolContext]:
    """The same conversation, where nothing is left but the files."""
    async with InlineKernels(JAIL) as kernels:
        yield replace(here, kernels=kernels)


async def ran(context: ToolContext, code: str, **more: object) -> dict[str, Any]:
    return cast("dict[str, Any]", await notebook_run.run(context, {"code": code, **more}))


def folder(context: ToolContext) -> str:
    return folder_of(context.here())


async def test_a_cell_shows_what_it_came_to(here: ToolContext):
    told = await ran(here, "print('out')\nx = 6\nx * 7")
    assert told == {"stdout": "out\n", "stderr": "", "value": "42", "files": [], "kernel": "fresh"}
    told = await ran(here, "x / 0")
    assert (told["kernel"], told["error"]) == ("kept", "ZeroDivisionError: division by zero")
    assert "x / 0" in told["stderr"]


async def test_a_table_and_a_plot_are_shown(here: ToolContext, files: MemoryFiles):
    told = await ran(here, "import pandas as pd\npd.DataFrame({'a': [1, 2], 'b': ['x', None]})", timeout=60)
    assert told["table"] == {
        "columns": ["a", "b"],
        "rows": [[1, "x"], [2, None]],
        "total_rows": 2,
        "total_columns": 2,
    }
    told = await ran(here, "import matplotlib.pyplot as plt\nplt.plot([1, 2]);", timeout=60)
    (plot,) = told["files"]
    assert plot["path"].startswith(f"{folder(here)}/plots/")
    assert files.contents[plot["path"]].startswith(b"\x89PNG")
    assert len(files.contents[plot["path"]]) == plot["size"]


async def test_files_are_given_as_copies_and_changes_are_kept_in_the_notebooks_folder(
    here: ToolContext, files: MemoryFiles
):
    files.contents["data/in.csv"] = b"a\n1\n"
    told = await ran(
        here, "open('data/in.csv', 'a').write('2\\n'); open('new', 'w').write('x')", files=["/data/in.csv"]
    )
    assert {each["path"] for each in told["files"]} == {f"{folder(here)}/data/in.csv", f"{folder(here)}/new"}
    assert files.contents["data/in.csv"] == b"a\n1\n"
    assert files.contents[f"{folder(here)}/data/in.csv"] == b"a\n1\n2\n"
    told = await ran(here, "open('new').read()", files=[f"{folder(here)}/new"])
    assert (told["value"], told["files"]) == ("'x'", [])
    with pytest.raises(NotFound):
        await ran(here, "1", files=["nowhere"])


async def test_a_later_kernel_has_the_files_and_not_the_plots(here: ToolContext, later: ToolContext):
    await ran(here, "open('kept', 'w').write('x')")
    await here.files.write({f"{folder(here)}/plots/old.png": b"png", "notebooks/other/secret": b"secret"})
    told = await ran(later, "import os\nsorted(os.listdir()), open('kept').read()")
    assert (told["value"], told["kernel"], told["files"]) == ("(['kept'], 'x')", "fresh", [])


async def test_other_conversations_have_other_folders(here: ToolContext):
    elsewhere = replace(here, conversation=ConversationId(new_id()))
    await ran(here, "open('mine', 'w').write('x')")
    assert (await ran(elsewhere, "import os\nos.listdir()"))["value"] == "[]"
    assert folder(here) != folder(elsewhere)


async def test_what_ends_or_interrupts_is_said(here: ToolContext):
    told = await ran(here, "x = 1\nwhile True: pass", timeout=1)
    assert told["notes"] == ["Interrupted after 1 seconds; the variables are kept."]
    told = await ran(here, "import os\nopen('last', 'w').write('x')\nos._exit(3)")
    assert told["kernel"] == "ended"
    assert told["notes"] == [
        "The kernel is gone with its variables: the cell ended its process with status 3. Files are kept."
    ]
    assert [each["path"] for each in told["files"]] == [f"{folder(here)}/last"]
    told = await ran(here, "open('last').read()")
    assert (told["value"], told["kernel"]) == ("'x'", "fresh")
    assert told["notes"] == [
        "New kernel: no variables of earlier cells, because the cell ended its process with status 3."
    ]


async def test_a_workspace_that_takes_nothing_does_not_hide_what_the_cell_came_to(here: ToolContext):
    class Full(MemoryFiles):
        async def write(self, files: object) -> Any:
            raise Invalid("the workspace is full")

    told = await ran(replace(here, files=Full()), "open('new', 'w').write('x')\n'done'")
    assert (told["value"], told["files"]) == ("'done'", [])
    assert told["notes"] == ["1 files were not kept: the workspace is full"]


async def test_long_output_shows_its_beginning_and_its_end(here: ToolContext):
    told = await ran(here, "print('first', 'x' * 100_000, 'last')")
    assert len(told["stdout"]) < 20_100
    assert told["stdout"].startswith("first")
    assert told["stdout"].endswith("last\n")
    assert "characters left out" in told["stdout"]


async def test_reset_and_state(here: ToolContext):
    assert await notebook_state.run(here, {}) == {"kernel": "none", "folder": folder(here)}
    await ran(here, "x = 1")
    told = cast("dict[str, Any]", await notebook_state.run(here, {}))
    assert (told["kernel"], told["cells"]) == ("idle", 1)
    assert told["variables"] == [{"name": "x", "type": "int", "bytes": 28}]
    assert await notebook_reset.run(here, {}) == {"reset": True}
    assert await notebook_reset.run(here, {}) == {"reset": False}
    assert (await ran(here, "'x' in dir()"))["value"] == "False"


async def test_outside_of_a_conversation_there_is_no_notebook(context: ToolContext):
    with pytest.raises(ToolFailed, match="conversation"):
        await ran(context, "1")
