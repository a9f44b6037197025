"""All tools of this build, gathered from the floors that own them."""

from actors.agents.tools import AGENT_TOOLS
from actors.councils.tools import COUNCIL_TOOLS
from actors.nursery.apprentice_tools import APPRENTICE_TOOLS
from actors.nursery.model_tools import MODEL_TOOLS
from actors.nursery.tools import TRAINING_SET_TOOLS
from actors.nursery.training_tools import TRAINING_TOOLS
from actors.session.tools import session_info
from sandbox.registry import Toolset
from sandbox.tools.audio_edits import AUDIO_TOOLS
from sandbox.tools.browser.tools_sessions import BROWSER_TOOLS
from sandbox.tools.calculator import calculator
from sandbox.tools.chance import random_choice, random_number, uuid_generate
from sandbox.tools.clock import get_current_time
from sandbox.tools.code import CODE_TOOLS
from sandbox.tools.colors import color_convert
from sandbox.tools.data_files import DATA_FILE_TOOLS
from sandbox.tools.data_statistics import STATISTICS_TOOLS
from sandbox.tools.data_tables import TABLE_TOOLS
from sandbox.tools.dates import DATE_TOOLS
from sandbox.tools.devices.camera_tools import CAMERA_TOOLS
from sandbox.tools.devices.eeg.session_tools import EEG_TOOLS
from sandbox.tools.devices.hailo_tools import HAILO_TOOLS
from sandbox.tools.differences import text_diff
from sandbox.tools.documents import DOCUMENT_TOOLS
from sandbox.tools.documents_made import PAPER_TOOLS
from sandbox.tools.encodings import ENCODING_TOOLS
from sandbox.tools.image_marks import IMAGE_TOOLS
from sandbox.tools.jams import MUSIC_TOOLS
from sandbox.tools.json_format import json_format
from sandbox.tools.notebooks import NOTEBOOK_TOOLS
from sandbox.tools.numerals import NUMERAL_TOOLS
from sandbox.tools.readability import text_statistics
from sandbox.tools.regex import REGEX_TOOLS
from sandbox.tools.rows import ROW_TOOLS
from sandbox.tools.song_prompts import SONG_PROMPT_TOOLS
from sandbox.tools.strings import string_case, string_join, string_replace, string_split
from sandbox.tools.texts import count_words, reverse_string
from sandbox.tools.tool_search import tool_search
from sandbox.tools.units import unit_convert
from sandbox.tools.web import WEB_TOOLS
from sandbox.tools.web_search import web_search
from village.crumbs.tools import CRUMB_TOOLS
from village.datasets.tools import DATASET_TOOLS
from village.knowledge_base.tools import KNOWLEDGE_BASE_TOOLS
from village.memory.tools import MEMORY_TOOLS
from village.music.tools import SONG_TOOLS
from village.scratch.tools import SCRATCH_TOOLS
from village.tools.agreement import AGREEMENT_TOOLS
from village.tools.care import CARE_TOOLS
from village.tools.facts import FACT_TOOLS
from village.tools.posts import POST_TOOLS
from village.tools.rituals import RITUAL_TOOLS
from village.tools.vectors import VECTOR_TOOLS
from village.workspace.tools import FILE_TOOLS
from village.workspace.vault_tools import VAULT_TOOLS

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
        *IMAGE_TOOLS,
        *AUDIO_TOOLS,
        *MUSIC_TOOLS,
        *SONG_TOOLS,
        *SONG_PROMPT_TOOLS,
        *MEMORY_TOOLS,
        *SCRATCH_TOOLS,
        *NOTEBOOK_TOOLS,
        *FILE_TOOLS,
        *VAULT_TOOLS,
        *CODE_TOOLS,
        *REGEX_TOOLS,
        *TABLE_TOOLS,
        *STATISTICS_TOOLS,
        *DATA_FILE_TOOLS,
        *DOCUMENT_TOOLS,
        *PAPER_TOOLS,
        *CAMERA_TOOLS,
        *HAILO_TOOLS,
        *EEG_TOOLS,
        *WEB_TOOLS,
        web_search,
        *BROWSER_TOOLS,
        *DATE_TOOLS,
        unit_convert,
        *ENCODING_TOOLS,
        *NUMERAL_TOOLS,
        color_convert,
        text_diff,
        text_statistics,
        *ROW_TOOLS,
        *CRUMB_TOOLS,
        *KNOWLEDGE_BASE_TOOLS,
        *DATASET_TOOLS,
        *FACT_TOOLS,
        *POST_TOOLS,
        *VECTOR_TOOLS,
        *RITUAL_TOOLS,
        *AGREEMENT_TOOLS,
        *CARE_TOOLS,
        *AGENT_TOOLS,
        *COUNCIL_TOOLS,
        *TRAINING_SET_TOOLS,
        *MODEL_TOOLS,
        *APPRENTICE_TOOLS,
        *TRAINING_TOOLS,
        tool_search,
    ]
)
