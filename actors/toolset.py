"""All tools of this build, gathered from the floors that own them."""

from actors.session.tools import session_info
from sandbox.registry import Toolset
from sandbox.tools.calculator import calculator
from sandbox.tools.chance import random_choice, random_number, uuid_generate
from sandbox.tools.clock import get_current_time
from sandbox.tools.json_format import json_format
from sandbox.tools.notebooks import NOTEBOOK_TOOLS
from sandbox.tools.strings import string_case, string_join, string_replace, string_split
from sandbox.tools.texts import count_words, reverse_string
from sandbox.tools.tool_search import tool_search
from village.memory.tools import MEMORY_TOOLS
from village.scratch.tools import SCRATCH_TOOLS

TRUSTED_TOOLS = Toolset(
    [
        get_current_time,
        calculator,
        reverse_string,
        count_words,
        random_number,
        random_choice,
        uuid_generate,
        json_format,
        session_info,
        string_replace,
        string_split,
        string_join,
        string_case,
        *MEMORY_TOOLS,
        *SCRATCH_TOOLS,
        *NOTEBOOK_TOOLS,
        tool_search,
    ]
)
