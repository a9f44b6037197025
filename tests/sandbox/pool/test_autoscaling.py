"""Programs over Ray's autoscaler: demand, a node, runs, an idle node, none; and a node that dies under a run."""

import asyncio
import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
PROGRAM = "tests.sandbox.pool.coming_and_going"


async def test_a_sandbox_node_comes_for_programs_and_goes_again_and_its_loss_is_told():
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", PROGRAM), cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await program.communicate()
    assert program.returncode == 0, err.decode()[-4000:]
    assert json.loads(out.splitlines()[-1]) == {
        "began with": 1,
        "said": ["[]\n"] * 4,
        "grew to": 2,
        "hosts on the sandbox node": 0,
        "shrank to": 1,
        "lost": "The machine that ran it was lost. It may have done its work, or not.",
    }
