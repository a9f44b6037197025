"""A tool that waits for the person's word, at the door: asked on every device, answered once, over socket or HTTP."""

import asyncio
from collections.abc import Callable
from uuid import uuid4

from tests.serve.live.house import Event, Person, Phone
from tests.serve.visitors import assert_problem

APPROVALS = "/api/v1/approvals"
MESSAGE = 'use tool calculator with {"expression": "6*7"} use tool reverse_string with {"text": "abc"}'


async def asked(person: Person, phone: Phone) -> Event:
    """What the person is asked before the calculator runs."""
    rules = {"tool_rules": {"calculator": "ask"}}
    answer = await person.http.put("/api/v1/user/preferences", json=rules)
    assert answer.json()["tool_rules"] == rules["tool_rules"]
    await phone.send(type="chat", id=uuid4().hex, message=MESSAGE)
    return (await phone.next("approval_requested"))["approval"]


async def result_of(person: Person, question: Event) -> str:
    """What came of the call."""
    messages = (await person.open(question["conversation_id"]))["messages"]
    results = [result for message in messages for result in message["tool_results"]]
    return next(result["content"] for result in results if result["id"] == question["call_id"])


async def test_the_question_shows_tool_and_arguments_and_the_answer_over_the_socket_reaches_all_devices(ada: Person):
    async with ada.phone() as phone, ada.phone() as other:
        question = await asked(ada, phone)
        await other.send(type="subscribe", channel=f"conversation:{question['conversation_id']}")
        await other.next("subscribed")
        assert (question["tool"], question["arguments"]) == ("calculator", {"expression": "6*7"})
        assert (question["reason"], question["status"]) == ("rule", "pending")

        await phone.send(type="answer_approval", id="yes", approval_id=question["id"], approve=True)

        for device in (phone, other):
            told = (await device.next("approval_answered"))["approval"]
            assert (told["id"], told["status"]) == (question["id"], "approved")
            await device.next("turn_ended")
        assert await result_of(ada, question) == '{"expression":"6*7","result":42}'


async def test_lists_show_that_a_conversation_waits_until_the_answer_is_there(ada: Person):
    async with ada.phone() as phone, ada.phone() as other:
        await other.send(type="subscribe", channel=f"user:{ada.id}")
        await other.next("subscribed")
        question = await asked(ada, phone)
        id = question["conversation_id"]

        def says(waiting: bool) -> Callable[[Event], bool]:
            return lambda event: (
                event["type"] == "conversation_updated"
                and (event["conversation"]["id"], event["conversation"]["waiting"]) == (id, waiting)
            )

        await other.until(says(True))
        assert await listed(ada, id) == [True, True]
        other.heard.clear()
        assert (await ada.http.post(f"{APPROVALS}/{question['id']}", json={"approve": True})).status_code == 200
        await other.until(says(False))
        await phone.next("turn_ended")
        assert await listed(ada, id) == [False, False]


async def listed(person: Person, id: str) -> list[bool]:
    """Whether a conversation waits, as the list and the search have it."""
    lists = [await person.http.get("/api/v1/chat/conversations", params=query) for query in ({}, {"q": "calculator"})]
    return [each["waiting"] for answer in lists for each in answer.json()["conversations"] if each["id"] == id]


async def test_a_page_that_is_loaded_meanwhile_shows_the_question(ada: Person):
    async with ada.phone() as phone:
        question = await asked(ada, phone)

        detail = await ada.open(question["conversation_id"])
        listed = (await ada.http.get(APPROVALS)).json()["approvals"]
        here = (await ada.http.get(APPROVALS, params={"conversation_id": question["conversation_id"]})).json()
        elsewhere = (await ada.http.get(APPROVALS, params={"conversation_id": str(uuid4())})).json()

        assert detail["approvals"] == listed == here["approvals"] == [question]
        assert elsewhere["approvals"] == []
        assert [turn["status"] for turn in detail["turns"]] == ["running"]
        assert (await ada.http.post(f"{APPROVALS}/{question['id']}", json={"approve": False})).status_code == 200
        await phone.next("turn_ended")
        assert (await ada.open(question["conversation_id"]))["approvals"] == []
        assert "declined" in await result_of(ada, question)


async def test_an_answer_can_become_the_rule(ada: Person):
    async with ada.phone() as phone:
        question = await asked(ada, phone)

        answer = await ada.http.post(f"{APPROVALS}/{question['id']}", json={"approve": True, "always": True})

        assert answer.json()["status"] == "approved"
        await phone.next("turn_ended")
        rules = (await ada.http.get("/api/v1/user/preferences")).json()["tool_rules"]
        assert rules == {"calculator": "always"}


async def test_one_of_many_answers_wins_and_the_others_are_told(ada: Person):
    async with ada.phone() as phone:
        question = await asked(ada, phone)
        path = f"{APPROVALS}/{question['id']}"

        answers = await asyncio.gather(*(ada.http.post(path, json={"approve": number % 2 == 0}) for number in range(6)))

        assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
        for answer in answers:
            if answer.status_code == 409:
                assert_problem(answer, 409, "already-answered")
        await phone.next("turn_ended")


async def test_the_same_answer_sent_twice_is_one(ada: Person):
    async with ada.phone() as phone:
        question = await asked(ada, phone)
        path, key = f"{APPROVALS}/{question['id']}", {"Idempotency-Key": "the same"}

        first = await ada.http.post(path, json={"approve": True}, headers=key)
        again = await ada.http.post(path, json={"approve": True}, headers=key)

        assert (first.status_code, again.status_code) == (200, 200)
        assert first.json() == again.json()
        await phone.next("turn_ended")
        assert_problem(await ada.http.post(path, json={"approve": True}), 409, "already-answered")


async def test_what_is_not_asked_any_more_is_told(ada: Person):
    async with ada.phone() as phone:
        question = await asked(ada, phone)
        stop = f"/api/v1/chat/conversations/{question['conversation_id']}/stop"
        assert (await ada.http.post(stop)).status_code == 204
        await phone.next("turn_ended")

        late = await ada.http.post(f"{APPROVALS}/{question['id']}", json={"approve": True})
        await phone.send(type="answer_approval", id="late", approval_id=question["id"], approve=True)

        assert_problem(late, 409, "approval-expired")
        told = await phone.next("error")
        assert (told["id"], told["code"]) == ("late", "approval_expired")


async def test_nobody_answers_for_another(ada: Person, bob: Person):
    async with ada.phone() as phone, bob.phone() as his:
        question = await asked(ada, phone)

        theirs = await bob.http.post(f"{APPROVALS}/{question['id']}", json={"approve": True})
        await his.send(type="answer_approval", id="mine", approval_id=question["id"], approve=True)

        assert_problem(theirs, 404, "approval-missing")
        assert (await his.next("error"))["code"] == "approval_missing"
        assert (await bob.http.get(APPROVALS)).json()["approvals"] == []
        assert (await ada.http.get(APPROVALS)).json()["approvals"] == [question]
        assert_problem(await ada.http.post(f"{APPROVALS}/{uuid4()}", json={"approve": True}), 404, "approval-missing")


async def test_rules_that_are_none_are_refused(ada: Person):
    for rules in ({"calculator": "sometimes"}, {"x" * 101: "ask"}, ["calculator"]):
        answer = await ada.http.put("/api/v1/user/preferences", json={"tool_rules": rules})
        assert_problem(answer, 422, "invalid")
