"""Who asks over MCP and what for, and what an error of ours is in its words."""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS

from cluster.errors import ApexError, Invalid, NotFound, Unavailable
from cluster.ids import UserId
from sandbox.presets import PresetName
from serve.live.live import Live

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Caller:
    """One request: its person, and what the address says beside them."""

    live: Live
    user: UserId
    preset: PresetName | None = None
    """Which tools are listed; None for the person's own choice."""
    conversation: UUID | None = None
    """The conversation that tools work on."""


@contextmanager
def told() -> Generator[None]:
    """Turn errors into those of the protocol: ours by their words, a bug by its number in our log alone."""
    try:
        yield
    except MCPError:
        raise
    except Unavailable as error:
        log.warning("answered over MCP: %s", error)
        raise MCPError(INTERNAL_ERROR, Unavailable.__doc__ or "") from error
    except ApexError as error:
        code = INVALID_PARAMS if isinstance(error, NotFound | Invalid) else INTERNAL_ERROR
        raise MCPError(code, str(error)) from error
    except Exception as error:
        number = uuid4()
        log.exception("incident %s", number)
        raise MCPError(INTERNAL_ERROR, f"Something went wrong on our side: incident {number}.") from error
