"""Names for the identities that cross floors, and one way to make a new one."""

import os
import re
import time
from typing import NewType
from uuid import UUID

from cluster.errors import Invalid

UserId = NewType("UserId", UUID)
ConversationId = NewType("ConversationId", UUID)
MessageId = NewType("MessageId", UUID)
TurnId = NewType("TurnId", UUID)
AttachmentId = NewType("AttachmentId", UUID)
HostId = NewType("HostId", UUID)
RealmId = NewType("RealmId", UUID)
KnowledgeId = NewType("KnowledgeId", UUID)
ThreadId = NewType("ThreadId", UUID)

AGENT_NAME = re.compile(r"[A-Z0-9][A-Z0-9_.-]{0,49}")
"""What an agent may be called, within its user."""


def agent_name(text: str) -> str:
    """The name of an agent, in capitals as they are kept. Raises Invalid."""
    name = text.strip().upper().replace(" ", "_")
    if AGENT_NAME.fullmatch(name) is None:
        raise Invalid(f"{text[:60]!r} cannot name an agent: 1 to 50 letters, digits, _, . or -")
    return name


def new_id() -> UUID:
    """A UUID version 7 (RFC 9562, section 5.7): random, and ordered by the quarter of a microsecond it was made in.

    The twelve bits after the milliseconds carry on the time (section 6.2, method 3): what one process makes one after
    another sorts so.
    """
    millis, rest = divmod(time.time_ns(), 1_000_000)
    fraction = rest * 4096 // 1_000_000
    tail = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    value = (millis << 80) | (0x7 << 76) | (fraction << 64) | (0x2 << 62) | tail
    return UUID(int=value)
