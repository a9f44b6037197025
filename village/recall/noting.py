"""Notes what an agent or a person was shown, for lineage and for what is used; the realm is told once in a while."""

import logging
from collections.abc import Iterable

from cluster.errors import ApexError
from cluster.services import Services
from village.knowledge.item import Knowledge
from village.realm import Realm
from village.recall import reads
from village.who import Who

log = logging.getLogger(__name__)


async def note_reads(services: Services, who: Who, shown: Iterable[Knowledge]) -> None:
    """Note that these were shown. Cheap, and never a reason to show nothing: without Redis they are not counted."""
    for realm in await reads.keep(services.redis, who, shown):
        try:
            await services.runtime.ref(Realm, str(realm)).tell(Realm.count_reads)
        except ApexError as error:
            log.warning("realm %s counts what was read later: %s", realm, error)
