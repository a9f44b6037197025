"""What a MIDI file plays."""

from typing import cast

from sandbox.jail.run import Run
from sandbox.tool import ToolContext

READ = """
import mido
file = mido.MidiFile("in.mid")
now, told = 0.0, []
for message in file:
    now += message.time
    if message.type in ("note_on", "note_off"):
        told.append([round(now, 3), message.type, message.note, message.velocity])
give_result(told)
"""


async def events(context: ToolContext, content: bytes) -> list[list[object]]:
    """What a MIDI file plays, as another library reads it."""
    outcome = await context.runner.run(Run(code=READ, files={"in.mid": content}), context.user)
    assert outcome.exit == 0, outcome.stderr
    return cast("list[list[object]]", outcome.result)
