"""What can be wrong with what a swarm is asked for."""

from cluster.errors import Conflict, Invalid, NotFound


class SwarmMissing(NotFound):
    """There is no such swarm."""


class SwarmClosed(Conflict):
    """This swarm takes no more items."""


class SwarmOver(Conflict):
    """This swarm has ended."""


class NothingToRetry(Conflict):
    """None of these items failed or was cancelled."""


class KeyReused(Conflict):
    """This idempotency key belongs to another swarm."""


class NoInputs(Invalid):
    """A swarm that is closed from the start needs at least one input."""


class TooManyItems(Invalid):
    """A swarm cannot have so many items."""


class InputTooLong(Invalid):
    """The task with this input is longer than a task may be."""
