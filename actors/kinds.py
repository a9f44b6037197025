"""Every class of actor that this release runs: what hosts can wake, and what callers can reach."""

from actors.agents.agent import Agent
from actors.councils.council import Council
from actors.schedules.schedule import Schedule
from actors.session.session import Session
from actors.swarms.swarm import Swarm
from actors.webhooks.webhook import Webhook
from cluster.models.embeddings.minilm import LocalEmbedding
from cluster.models.local import LocalModel
from cluster.runtime.actor import Actor
from village.datasets.index import PassageIndex
from village.realm import Realm

KINDS: tuple[type[Actor], ...] = (
    *(Session, Agent, Swarm, Council, Schedule, Webhook),
    *(Realm, PassageIndex, LocalModel, LocalEmbedding),
)
