"""Two texts are compared in a jail, and a pair that would take for ever is given up."""

from typing import Any

import pytest

from sandbox.errors import ToolFailed
from sandbox.jail.limits import Limits
from sandbox.tool import ToolContext
from sandbox.tools import differences
from sandbox.tools.differences import text_diff


async def test_lines_that_were_added_and_removed_are_named(context: ToolContext):
    before, after = "a\nb\n-- c\nd\ne\n", "a\nB\nd\n++ e\nf\n"
    found: Any = await text_diff.run(context, {"before": before, "after": after, "names": ["old.txt", "new.txt"]})
    assert found["diff"].splitlines()[:3] == ["--- old.txt", "+++ new.txt", "@@ -1,5 +1,5 @@"]
    assert (found["added"], found["removed"], found["identical"], found["similarity"]) == (3, 3, False, 0.4)


async def test_the_same_has_no_difference(context: ToolContext):
    found = await text_diff.run(context, {"before": "a\n", "after": "a\n"})
    assert found == {"diff": "", "identical": True, "added": 0, "removed": 0, "similarity": 1.0}


async def test_what_takes_too_long_is_ended_and_told(context: ToolContext, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(differences, "CLOCK", Limits(wall_seconds=1, cpu_seconds=1))
    before = "\n".join(f"{number % 101}" for number in range(60_000))
    with pytest.raises(ToolFailed, match=r"It was ended: it (took longer|used more)"):
        await text_diff.run(context, {"before": before, "after": before[::-1]})
