"""A host's wish that an actor leaves: what a long turn looks at between its steps.

An actor that hands over returns from its turn with its unfinished work marked as pending. The host gives its placement
back and has it woken elsewhere at once, so that nobody waits for a lease or a sweep.
"""

import asyncio


class Departure:
    """`asked`: leave at the next step. `overdue`: leave now, in good order; soon after that a turn is cut off."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.overdue = asyncio.Event()

    def press(self) -> None:
        """Leave now."""
        self.asked.set()
        self.overdue.set()
