"""Why something in the village cannot be done."""

from cluster.errors import Conflict, NotFound


class RealmMissing(NotFound):
    """There is no such realm, or it is not open to you."""


class KnowledgeMissing(NotFound):
    """There is no such knowledge, or it lies in a realm that is not open to you."""


class ThreadMissing(NotFound):
    """There is no such thread, or it lies in a realm that is not open to you."""


class NotAWriter(Conflict):
    """You may read this realm, but not write to it."""


class Outdated(Conflict):
    """This has been changed or removed since; read it again."""


class NotAKeeper(Conflict):
    """Only a keeper of this realm does this."""
