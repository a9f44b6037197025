"""Workers as models: `apex/researcher` spawns an agent of a type, `apex/council` convenes a council of founders.

Both work on one task, which is all that the client has said. The same Idempotency-Key makes one of them; it goes on
when its client is gone. Whoever comes with a key for programs needs the scope `agents` for it.
"""

from collections.abc import AsyncGenerator
from uuid import UUID, uuid5

from actors.agents import spawning, store
from actors.councils import export
from actors.councils.founding import NewCouncil
from actors.session.commands import Posted
from actors.stores import conversations, usage
from cluster.errors import Invalid, TooLarge
from cluster.events.log import BEGINNING
from cluster.ids import ConversationId, UserId
from cluster.models.chat_model import ModelRequest, StepDone, TextDelta
from serve import agents_wire as wire
from serve.agents.asked import new_agent
from serve.compat.answer import Answer, Told
from serve.compat.turns import TurnFailed
from serve.councils import asking
from serve.limits import COUNCILS
from serve.live.live import Live

COUNCIL = "apex/council"
LONGEST_TASK = 200_000
LONGEST_QUESTION = 20_000


async def is_type(live: Live, user: UserId, name: str) -> bool:
    """Whether this is a type of agent, of the user's own or of everybody's."""
    async with live.services.db.as_user(user) as conn:
        return any(kind.name == name for kind in await store.types(conn))


async def spawned(live: Live, user: UserId, key: str, name: str, task: str) -> Posted:
    """The one turn of an agent of a type, by an idempotency key. Raises TooLarge, Invalid."""
    if len(task) > LONGEST_TASK:
        raise TooLarge(f"a task has at most {LONGEST_TASK} characters")
    services = live.services
    async with services.db.as_user(user) as conn:
        command = wire.SpawnAgent(task=task, agent_type=name)
        new = await new_agent(conn, services, command, key=f"compatible:{uuid5(user, key)}")
        [id] = await spawning.spawn(conn, [new])
        turn = await conversations.newest_turn(conn, ConversationId(id))
    assert turn is not None, "an agent has a turn"
    await live.errands.run(spawning.wake(services, [id]))
    return Posted(turn_id=turn, conversation_id=ConversationId(id), message_id=None, seq=BEGINNING)


async def convened(live: Live, user: UserId, key: str, request: ModelRequest, question: str) -> Answer:
    """What a council of the founders comes to, as Markdown. Raises TooLarge, RateLimited."""
    if len(question) > LONGEST_QUESTION:
        raise TooLarge(f"a council is asked at most {LONGEST_QUESTION} characters")
    await live.limits.take(COUNCILS, f"user:{user}")
    id = await asking.convene(live, user, f"compatible:{uuid5(user, key)}", NewCouncil(question=question))
    state, _ = await asking.state_of(live.services, user, id)
    made = state.council.created_at
    return Answer(
        id=id,
        model=request.model,
        events=_deliberation(live, user, id),
        began=int(made.timestamp()) if made else 0,
        headers={"X-Council-Id": str(id)},
    )


def only_words(request: ModelRequest, conversation: UUID | None) -> None:
    """Raises Invalid for what a worker on one task cannot be given."""
    if conversation is not None:
        raise Invalid("agents of a type and councils work on one task; they go on with no conversation")
    if any(block["type"] != "text" for block in request.messages[-1].content):
        raise Invalid("agents of a type and councils are given text only")


async def _deliberation(live: Live, user: UserId, id: UUID) -> AsyncGenerator[Told]:
    state = await asking.ended(live, user, id)
    if state.council.status == "failed":
        raise TurnFailed("the council came to nothing")
    text = export.markdown(state)
    async with live.services.db.as_user(user) as conn:
        used = await usage.of_conversations(conn, [given.agent_id for given in state.answers])
    yield TextDelta(text)
    yield StepDone(blocks=[{"type": "text", "text": text}], stop_reason="end_turn", usage=used, model=COUNCIL)
