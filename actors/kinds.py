"""Every class of actor that this release runs: what hosts can wake, and what callers can reach."""

from actors.session.session import Session
from cluster.models.local import LocalModel
from cluster.runtime.actor import Actor

KINDS: tuple[type[Actor], ...] = (Session, LocalModel)
