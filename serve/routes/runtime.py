"""What administrators see of the runtime. Cheap enough to be asked every two seconds by everybody who may."""

from datetime import UTC, datetime

from fastapi import APIRouter

from actors.stores import operation
from cluster.runtime.hosts import census
from cluster.runtime.hosts.census import HostSeen
from serve import runtime_wire as wire
from serve.guards import CurrentAdmin, OpenServices

router = APIRouter(prefix="/runtime", tags=["runtime"])


@router.get("")
async def runtime(admin: CurrentAdmin, services: OpenServices) -> wire.RuntimeState:
    """Nodes, hosts, actors by kind, turns in flight and recoveries, as they are now."""
    async with services.db.as_system() as conn:
        hosts = await census.hosts(conn)
        kinds = await census.kinds(conn)
        number, turns = await operation.in_flight(conn)
        recovered = await operation.recovered(conn)
    return wire.RuntimeState(
        at=datetime.now(UTC),
        nodes=_nodes(hosts),
        hosts=[wire.RuntimeHost.model_validate(host) for host in hosts],
        kinds=[wire.RuntimeKind.model_validate(kind) for kind in kinds],
        turns=[wire.RuntimeTurn.model_validate(turn) for turn in turns],
        turns_in_flight=number,
        recoveries=[wire.RuntimeTurn.model_validate(turn) for turn in recovered],
        dashboard_url=services.settings.dashboard_url,
    )


def _nodes(hosts: list[HostSeen]) -> list[wire.RuntimeNode]:
    alive: dict[str, list[HostSeen]] = {}
    for host in hosts:
        if host.alive:
            alive.setdefault(host.node, []).append(host)
    return [
        wire.RuntimeNode(
            node=node,
            hosts=len(mine),
            actors=sum(host.actors for host in mine),
            capacity=sum(host.capacity for host in mine),
            cpu=sum(host.cpu for host in mine),
            lag=max(host.lag for host in mine),
        )
        for node, mine in alive.items()
    ]
