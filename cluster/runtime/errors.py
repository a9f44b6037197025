"""What goes wrong between a caller and an actor."""

from cluster.errors import ApexError, Permanent, Temporary


class ActorFailed(Permanent):
    """The actor failed in a way that cannot travel; the message tells what it was."""


class Unreached(Temporary):
    """The host was never reached: nothing of the message was done, so it may be sent again."""


class Lost(ApexError):
    """The host went away in the middle: the message may have been done, or not."""
