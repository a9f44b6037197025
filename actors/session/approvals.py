"""Asks the person before a tool runs, where the policy wants it (sandbox/policy.py), and heeds the answer.

What is decided of a step's calls is committed together with the step, so that there is no moment in which a call could
run undecided. A turn that waits for the person is left: its row says so, no host works on it, and the answer, or the
end of the time for one, has it taken up again. An answer is used up in the transaction that ends the wait, before the
tool begins: whoever goes on after a death finds a call that may have run.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from actors.equipment import equipment_of
from actors.errors import AlreadyAnswered, ApprovalExpired, ApprovalMissing
from actors.events import ApprovalAnswered, ApprovalRequested, ConversationUpdated
from actors.mcp.tools import theirs
from actors.session.commands import Answer
from actors.session.known import known_on
from actors.session.progress import Answered, Parked
from actors.session.settling import settle
from actors.session.stage import Stage
from actors.session.tool_runs import ToolRuns, facts_of
from actors.stores import approvals, conversations, turns
from actors.stores.approvals import Approval, NewApproval, Word
from actors.stores.conversations import Conversation
from actors.stores.messages import Message, NewStep, ToolResult
from cluster.clients.postgres import Connection
from cluster.ids import ConversationId, TurnId, new_id
from cluster.models.chat_model import ToolCall
from sandbox.digest import digest
from sandbox.policy import Decision, Known, decide, rules_of

DECLINED = "The person declined: this was not run. Do not ask for it again unless they want you to; go on without it."
EXPIRED = "The person did not answer in time whether this may run, so it was not run."
CHANGED = "This was not run: it is not what the person was asked about."
OFF = "The person has switched this tool off: it was not run. Go on without it."


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What was decided of a step's calls: the questions to the person, and results of what is refused."""

    asked: Sequence[Approval] = ()
    refused: Sequence[ToolResult] = ()
    conversation: Conversation | None = None
    """As lists show it, if there are questions."""

    @property
    def wait(self) -> frozenset[str]:
        """The calls that wait for the person's word."""
        return frozenset(approval.call_id for approval in self.asked)

    def publish(self, stage: Stage) -> None:
        """Tell what the person is asked."""
        publish(stage, self.asked, self.conversation)


def publish(stage: Stage, asked: Sequence[Approval], conversation: Conversation | None) -> None:
    """Tell what the person is asked, and lists that they are. Said twice, it says the same."""
    stage.outbox.add(
        *(ApprovalRequested(conversation_id=a.conversation_id, turn_id=a.turn_id, approval=a) for a in asked)
    )
    publish_listed(stage, conversation)


def publish_listed(stage: Stage, conversation: Conversation | None) -> None:
    """Tell lists how a conversation looks now, if there is something to tell."""
    if conversation is not None:
        stage.outbox.add(ConversationUpdated(conversation=conversation))


async def judge(conn: Connection, stage: Stage, step: NewStep, calls: Sequence[ToolCall]) -> Judged:
    """Decide of a step's calls, in the transaction that commits it: the rules of this moment count."""
    if not calls:
        return Judged()
    rules = rules_of(await approvals.rules(conn))
    calls = list({call.id: call for call in calls}.values())
    here = equipment_of(stage.services.settings)
    more = await theirs(conn, stage.services.settings, [call.name for call in calls])
    facts = {call.id: (call.name, declared) for call in calls if (declared := facts_of(call, here, more)) is not None}

    def decided(known: Known) -> dict[str, Decision]:
        return {id: decide(declared, rules.get(name), known) for id, (name, declared) in facts.items()}

    decisions = decided(Known())
    if decisions != decided(Known(strangers=True, private=True)):
        decisions = decided(await known_on(conn, step))
    asked = [
        await approvals.add(conn, _question(stage, step, call, by_rule=rules.get(call.name) == "ask"))
        for call in calls
        if decisions.get(call.id) == "ask"
    ]
    refused = [_instead(call.id, OFF) for call in calls if decisions.get(call.id) == "refuse"]
    if asked:
        await turns.mark_asking(conn, step.turn_id)
    if refused:
        known = {call.id: call for call in calls}
        await settle(conn, stage, step.turn_id, step.id, known, refused, outcome="refused")
    listed = await conversations.get(conn, stage.conversation) if asked else None
    return Judged(asked=asked, refused=refused, conversation=listed)


async def runs_of(stage: Stage, turn: TurnId, step: Message) -> ToolRuns:
    """The calls of a step that another incarnation committed."""
    wait: frozenset[str] = frozenset()
    if len(step.tool_results) < len(step.tool_calls):
        async with stage.services.db.as_user(stage.user) as conn:
            wait = await approvals.unused(conn, step.id)
    return ToolRuns.of(stage, turn, step, wait)


async def hear(stage: Stage, turn: TurnId, runs: ToolRuns, *, seconds: float) -> Answered | Parked:
    """Take the person's word on the calls that wait, once it is there for all; else leave the turn to wait for it.

    `seconds` is what the turn was worked on. Raises Fenced, Unavailable.
    """
    async with stage.writing() as conn:
        words = await approvals.words(conn, runs.message)
        if any(word.status == "pending" for word in words):
            await turns.mark_waiting(conn, turn, seconds=seconds)
            if stage.assignment is not None:
                await stage.assignment.waits(conn, "person")
            return Parked()
        waiting = [call.id for call in runs.open if call.waits]
        results = [result for id in waiting if (result := _heard(id, runs.asked[id], words)) is not None]
        await settle(conn, stage, turn, runs.message, runs.asked, results, outcome="refused")
        await approvals.use(conn, runs.message, waiting)
        listed = await conversations.get(conn, stage.conversation)
    publish_listed(stage, listed)
    runs.take_instead(results)
    settled = frozenset(result["id"] for result in results)
    return Answered(frozenset(waiting) - settled, settled)


async def answer(conn: Connection, conversation: ConversationId, command: Answer) -> Approval:
    """Keep a person's answer; the same one sent twice is one. Raises what the errors of approvals are."""
    answered = await approvals.answer(conn, command.approval_id, approve=command.approve, key=command.key)
    if answered is None:
        return _known(await approvals.find(conn, command.approval_id), conversation, command)
    if answered.conversation_id != conversation:
        raise ApprovalMissing
    if command.always:
        await approvals.set_rule(conn, answered.tool, "always" if command.approve else "never")
    return answered


def answered_event(approval: Approval) -> ApprovalAnswered:
    """What is told of an answer."""
    return ApprovalAnswered(conversation_id=approval.conversation_id, turn_id=approval.turn_id, approval=approval)


async def remind(stage: Stage) -> None:
    """Tell again what the person is asked: whoever asked may have died before anybody heard."""
    async with stage.services.db.as_user(stage.user) as conn:
        asked = await approvals.pending(conn, stage.conversation)
        listed = await conversations.get(conn, stage.conversation) if asked else None
    publish(stage, asked, listed)


def _question(stage: Stage, step: NewStep, call: ToolCall, *, by_rule: bool) -> NewApproval:
    return NewApproval(
        id=new_id(),
        conversation_id=step.conversation_id,
        turn_id=step.turn_id,
        message_id=step.id,
        call_id=call.id,
        tool=call.name,
        arguments=dict(call.arguments),
        arguments_hash=digest(call.arguments),
        reason="rule" if by_rule else "untrusted",
        seconds=stage.services.settings.approval_seconds,
    )


def _heard(id: str, call: ToolCall, words: Collection[Word]) -> ToolResult | None:
    """The result that stands in for a call's; None when it may run: the person has allowed exactly this."""
    word = next((word for word in words if word.call_id == id), None)
    if word is None or (word.tool, word.arguments_hash) != (call.name, digest(call.arguments)):
        return _instead(id, CHANGED)
    match word.status:
        case "approved":
            return None
        case "denied":
            return _instead(id, DECLINED)
        case _:
            return _instead(id, EXPIRED)


def _instead(id: str, content: str) -> ToolResult:
    return ToolResult(id=id, content=content, is_error=True, seconds=None)


def _known(found: tuple[Approval, str | None] | None, conversation: ConversationId, command: Answer) -> Approval:
    """A question that takes no answer any more, if this is the answer that it has."""
    if found is None or found[0].conversation_id != conversation:
        raise ApprovalMissing
    known, key = found
    if known.status in ("pending", "expired"):
        raise ApprovalExpired
    if key != command.key or known.status != ("approved" if command.approve else "denied"):
        raise AlreadyAnswered
    return known
