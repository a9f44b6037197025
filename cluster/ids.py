"""Names for the identities that cross floors, and one way to make a new one."""

import os
import time
from typing import NewType
from uuid import UUID

UserId = NewType("UserId", UUID)
ConversationId = NewType("ConversationId", UUID)
MessageId = NewType("MessageId", UUID)
TurnId = NewType("TurnId", UUID)
AttachmentId = NewType("AttachmentId", UUID)
HostId = NewType("HostId", UUID)


def new_id() -> UUID:
    """A UUID version 7 (RFC 9562, section 5.7): random, and ordered by the millisecond it was made in."""
    millis = time.time_ns() // 1_000_000
    tail = int.from_bytes(os.urandom(10), "big")
    value = (millis << 80) | tail
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)
