"""Why there is no such schedule, or cannot be."""

from cluster.errors import Conflict, Invalid, NotFound


class ScheduleMissing(NotFound):
    """There is no such schedule."""


class BadRule(Invalid):
    """This is not a rule by which something can be begun again."""


class TooManySchedules(Conflict):
    """This account has as many schedules as it may have; remove one first."""
