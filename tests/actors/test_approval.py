"""The model asks for what a stranger may want: the person is asked first; their word counts once, for exactly that."""

from dataclasses import replace

import pytest

from actors.errors import ApprovalExpired
from actors.session.approvals import CHANGED, DECLINED, EXPIRED, OFF
from actors.stores import turns
from cluster.ids import UserId
from cluster.services import Clients
from tests.actors.asking import MALLORY, Shelf, asked, lured, pending, results, rule, say
from tests.actors.conversing import Person, PlayedModel, asks, kinds, of_turn, playing, says


async def test_what_a_stranger_may_want_is_asked_and_runs_once_when_allowed(
    clients: Clients, user: UserId, shelf: Shelf
) -> None:
    async with playing(clients, lured()) as troupe:
        person = Person(troupe, user)
        posted = await person.say("Read this page for me.")
        (question,) = await asked(person)
        assert (question.tool, question.arguments, question.reason) == ("send", MALLORY, "untrusted")
        assert shelf.runs == ["fetch"]
        assert (await person.turn(posted.turn_id))["version"] == turns.ASKS

        answered = await say(person, question.id, approve=True)

        events = of_turn(await person.hear("turn_ended"), posted.turn_id)
        assert answered.status == "approved"
        assert shelf.counted == {"fetch": 1, "send mallory@example.com": 1}
        assert (await results(person, 1))["send"]["content"] == "sent to mallory@example.com"
        assert await pending(person) == []
        told = [event["approval"]["status"] for event in events if event["type"].startswith("approval_")]
        assert told == ["pending", "approved"]
        assert "turn_recovering" not in kinds(events)
        row = await person.turn(posted.turn_id)
        assert (row["status"], row["attempts"], row["waiting"]) == ("completed", 1, False)


async def test_what_is_declined_never_runs_and_the_model_is_told(clients: Clients, user: UserId, shelf: Shelf) -> None:
    model = lured()
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await person.say("Read this page for me.")
        (question,) = await asked(person)

        await say(person, question.id, approve=False)

        await person.hear("turn_ended")
        assert shelf.runs == ["fetch"]
        (block,) = model.requests[-1].messages[-1].content
        assert (block["content"], block["is_error"]) == (DECLINED, True)


async def test_silence_means_no_and_the_turn_goes_on_by_itself(clients: Clients, user: UserId, shelf: Shelf) -> None:
    model = lured()
    impatient = _with(clients, approval_seconds=4.0, idle_seconds=0.2, turn_silence_seconds=3.0, turn_seconds=3.5)
    async with playing(impatient, model) as troupe:
        person = Person(troupe, user)
        posted = await person.say("Read this page for me.")
        (question,) = await asked(person)

        await person.hear("turn_ended")

        assert shelf.runs == ["fetch"]
        assert (await results(person, 1))["send"]["content"] == EXPIRED
        assert (await person.turn(posted.turn_id))["attempts"] == 1
        with pytest.raises(ApprovalExpired):
            await say(person, question.id, approve=True)


async def test_nothing_is_asked_before_a_stranger_has_spoken(clients: Clients, user: UserId, shelf: Shelf) -> None:
    model = PlayedModel(asks(("send", MALLORY), ("fetch", {})), says("Sent."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)

        await person.converse("Send it.")

        assert shelf.counted == {"fetch": 1, "send mallory@example.com": 1}


async def test_a_page_may_lead_to_the_next_until_something_private_is_known(
    clients: Clients, user: UserId, shelf: Shelf
) -> None:
    steps = [asks(("fetch", {})), asks(("open_page", {})), asks(("recall", {})), asks(("open_page", {})), says("Done.")]
    async with playing(clients, PlayedModel(*steps)) as troupe:
        person = Person(troupe, user)
        await person.say("Read on")
        (question,) = await asked(person)
        assert question.tool == "open_page"
        assert shelf.counted == {"fetch": 1, "open_page": 1, "recall": 1}


async def test_what_a_call_does_depends_on_its_arguments(clients: Clients, user: UserId, shelf: Shelf) -> None:
    steps = [asks(("fetch", {})), asks(("open_page", {}), ("open_page", {"body": "a form"})), says("Done.")]
    async with playing(clients, PlayedModel(*steps)) as troupe:
        person = Person(troupe, user)
        await person.say("Fill it in")
        (question,) = await asked(person)
        assert question.arguments == {"body": "a form"}
        assert shelf.counted == {"fetch": 1, "open_page": 1}


async def test_a_stranger_is_remembered_in_later_turns_of_the_branch_and_only_there(
    clients: Clients, user: UserId, shelf: Shelf
) -> None:
    model = PlayedModel(
        asks(("fetch", {})),
        says("Read."),
        asks(("send", MALLORY)),
        says("Declined."),
        asks(("send", MALLORY)),
        says("!"),
    )
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        first, _ = await person.converse("Read this page.")

        await person.say("Now send it.")
        (question,) = await asked(person)
        await say(person, question.id, approve=False)
        await person.hear("turn_ended", count=2)
        await person.say("Send it.", root=True, parent_id=None)
        await person.hear("turn_ended", count=3)

        assert first.message_id is not None
        assert shelf.counted == {"fetch": 1, "send mallory@example.com": 1}


async def test_a_stranger_is_remembered_behind_a_summary(clients: Clients, user: UserId, shelf: Shelf) -> None:
    model = PlayedModel(asks(("fetch", {})), says("Read."), asks(("send", MALLORY)), says("Declined."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await person.converse("Read this page.")
        async with clients.db.as_user(user) as conn:
            await conn.execute(
                """insert into summaries (id, user_id, conversation_id, up_to_id, content, tokens, model)
                   select gen_random_uuid(), app_user(), id, leaf_id, 'They talked.', 3, 'm' from conversations""",
            )

        await person.say("Now send it.")

        (question,) = await asked(person)
        assert "fetch" not in str(model.requests[-1].messages)
        await say(person, question.id, approve=False)
        await person.hear("turn_ended", count=2)
        assert shelf.runs == ["fetch"]


async def test_what_a_tool_that_never_ran_would_have_read_counts_for_nothing(
    clients: Clients, user: UserId, shelf: Shelf
) -> None:
    model = PlayedModel(asks(("fetch", {})), asks(("send", MALLORY)), says("Sent."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await rule(person, fetch="never")

        await person.converse("Read and send.")

        assert shelf.runs == ["send mallory@example.com"]


async def test_a_rule_of_the_person_s_stands_above_the_policy(clients: Clients, user: UserId, shelf: Shelf) -> None:
    model = PlayedModel(asks(("fetch", {})), asks(("send", MALLORY), ("hang", {}), ("look", {})), says("Done."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await rule(person, send="always", hang="never", look="ask")
        await person.say("Go.")
        (question,) = await asked(person)
        assert (question.tool, question.reason) == ("look", "rule")

        await say(person, question.id, approve=True)

        await person.hear("turn_ended")
        assert shelf.counted == {"fetch": 1, "send mallory@example.com": 1, "look": 1}
        assert (await results(person, 1))["hang"] == {
            "id": (await results(person, 1))["hang"]["id"], "content": OFF, "is_error": True, "seconds": None,
        }  # fmt: skip


async def test_a_tool_that_is_switched_off_is_not_offered(clients: Clients, user: UserId) -> None:
    model = PlayedModel(says("Hello."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await rule(person, calculator="never")

        await person.converse("Hi")

        names = {tool.name for tool in model.requests[0].tools}
        assert "calculator" not in names
        assert "get_current_time" in names


async def test_an_answer_can_become_the_rule(clients: Clients, user: UserId, shelf: Shelf) -> None:
    model = PlayedModel(asks(("fetch", {})), asks(("send", MALLORY)), asks(("send", {"to": "bob"})), says("Done."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await rule(person, look="never")
        await person.say("Go.")
        (question,) = await asked(person)

        await say(person, question.id, approve=True, always=True)

        await person.hear("turn_ended")
        assert shelf.counted == {"fetch": 1, "send mallory@example.com": 1, "send bob": 1}
        kept = await person.value("select settings->'tool_rules' from users")
        assert kept == {"look": "never", "send": "always"}


async def test_calls_beside_it_run_at_once_and_several_answers_are_waited_for(
    clients: Clients, user: UserId, shelf: Shelf
) -> None:
    model = lured(("look", {}), ("jot", {}), ("send", {"to": "bob"}))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await person.say("Go.")
        first, second = await asked(person, 2)
        assert shelf.counted == {"fetch": 1, "look": 1, "jot": 1}
        assert set(await results(person, 1)) == {"look", "jot"}

        await say(person, first.id, approve=False)
        (left,) = await asked(person)
        assert left.id == second.id
        assert shelf.counted == {"fetch": 1, "look": 1, "jot": 1}
        await say(person, second.id, approve=True)

        await person.hear("turn_ended")
        assert shelf.counted == {"fetch": 1, "look": 1, "jot": 1, "send bob": 1}
        assert len((await person.branch())[2].tool_results) == 4
        assert [b["type"] for b in model.requests[-1].messages[-1].content] == ["tool_result"] * 4


async def test_an_answer_is_good_for_exactly_what_was_shown(clients: Clients, user: UserId, shelf: Shelf) -> None:
    async with playing(clients, lured()) as troupe:
        person = Person(troupe, user)
        await person.say("Go.")
        (question,) = await asked(person)
        async with clients.db.as_user(user) as conn:
            await conn.execute(
                """update messages set tool_calls = jsonb_set(tool_calls, '{0,arguments,to}', '"eve@example.com"')
                    where id = $1""",
                question.message_id,
            )

        await say(person, question.id, approve=True)

        await person.hear("turn_ended")
        assert shelf.runs == ["fetch"]
        assert (await results(person, 1))["send"]["content"] == CHANGED


def _with(clients: Clients, **changes: object) -> Clients:
    return replace(clients, settings=clients.settings.model_copy(update=changes))
