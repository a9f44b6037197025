"""What can be wrong with what a session is asked for."""

from cluster.errors import Busy, Conflict, NotFound


class QueueFull(Busy):
    """Too many messages of this conversation wait for their answers already."""


class TooManyTurns(Busy):
    """Too many of your messages wait for their answers already."""


class ConversationMissing(NotFound):
    """There is no such conversation."""


class MessageMissing(NotFound):
    """There is no such message in this conversation."""


class AttachmentMissing(NotFound):
    """An attachment is not there; upload it first."""


class ApprovalMissing(NotFound):
    """There is no such question."""


class AlreadyAnswered(Conflict):
    """This question has its answer already."""


class ApprovalExpired(Conflict):
    """The answer comes too late: the question is not asked any more."""


class KeyReused(Conflict):
    """This idempotency key belongs to a message in another conversation."""
