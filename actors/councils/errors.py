"""What can be wrong with what a council is asked for."""

from cluster.errors import Conflict, Invalid, NotFound, Permanent


class CouncilMissing(NotFound):
    """There is no such council."""


class MemberMissing(NotFound):
    """There is no such member in this council."""


class CouncilEnded(Conflict):
    """This council has ended."""


class LastMember(Conflict):
    """The last member of a council cannot leave it."""


class TooManyMembers(Conflict):
    """A council has at most twelve members."""


class TooManyRemarks(Conflict):
    """Too many remarks wait for the next round already."""


class NotPaused(Conflict):
    """This council goes on by itself; pause it to take its rounds one by one."""


class CouncilKeyReused(Conflict):
    """This idempotency key belongs to a council on another question."""


class BadCouncil(Invalid):
    """A council cannot be held like this."""


class Nonsense(Permanent):
    """This answer does not keep to what was asked for."""
