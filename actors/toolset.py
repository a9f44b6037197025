"""The tools that a session offers to its model."""

from sandbox.registry import Toolset
from sandbox.tools.calculator import calculator
from sandbox.tools.clock import get_current_time
from village.memory.tools import MEMORY_TOOLS

TRUSTED_TOOLS = Toolset([get_current_time, calculator, *MEMORY_TOOLS])
