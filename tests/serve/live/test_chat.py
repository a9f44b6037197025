"""Messages by plain HTTP: the whole answer, once for each key, and clear problems."""

from uuid import uuid4

from tests.serve.live.house import House, Person

MESSAGE = "/api/v1/chat/message"
JSON = {"Content-Type": "application/json"}


async def test_the_whole_answer_comes_as_json(ada: Person):
    answer = await ada.say('use tool calculator with {"expression": "6*7"}')
    assert answer["status"] == "completed"
    assert "42" in answer["messages"][0]["tool_results"][0]["content"]
    assert answer["messages"][-1]["content"] in answer["content"]
    assert answer["tokens_used"] == sum(message["tokens_used"] for message in answer["messages"])


async def test_a_key_makes_one_turn(ada: Person):
    key = {"Idempotency-Key": "same"}
    one = await ada.http.post(MESSAGE, json={"message": "hello"}, headers=key)
    two = await ada.http.post(MESSAGE, json={"message": "hello"}, headers=key)
    assert one.json() == two.json()
    assert one.headers["x-turn-id"] == one.json()["turn_id"]
    listed = (await ada.http.get("/api/v1/chat/conversations")).json()["conversations"]
    assert len(listed) == 1


async def test_keys_of_different_people_are_different(ada: Person, bob: Person):
    key = {"Idempotency-Key": "same"}
    one = await ada.http.post(MESSAGE, json={"message": "from ada"}, headers=key)
    two = await bob.http.post(MESSAGE, json={"message": "from bob"}, headers=key)
    assert one.json()["conversation_id"] != two.json()["conversation_id"]
    assert two.json()["content"] == "You said: from bob"


async def test_an_edit_is_a_branch(ada: Person):
    first = await ada.say("one")
    second = await ada.say("two", conversation_id=first["conversation_id"])
    edited = await ada.say(
        "two, edited", conversation_id=first["conversation_id"], parent_id=first["messages"][-1]["id"]
    )
    shown = (await ada.open(first["conversation_id"]))["messages"]
    assert [message["content"] for message in shown if message["role"] == "user"] == ["one", "two, edited"]
    assert len(shown[2]["siblings"]) == 2
    assert shown[-1]["id"] == edited["messages"][-1]["id"] != second["messages"][-1]["id"]


async def test_a_new_first_message_is_a_branch_too(ada: Person):
    first = await ada.say("one")
    await ada.say("another one", conversation_id=first["conversation_id"], root=True)
    shown = (await ada.open(first["conversation_id"]))["messages"]
    assert [message["content"] for message in shown if message["role"] == "user"] == ["another one"]
    assert len(shown[0]["siblings"]) == 2


async def test_regenerate_by_http(ada: Person):
    first = await ada.say("one")
    path = f"/api/v1/chat/conversations/{first['conversation_id']}/regenerate"
    again = await ada.http.post(path, json={"message_id": first["messages"][0]["id"]})
    assert again.status_code == 200
    assert again.json()["messages"][0]["parent_id"] == first["messages"][0]["parent_id"]


async def test_stopping_nothing_is_fine_and_strangers_find_nothing(ada: Person, bob: Person):
    first = await ada.say("one")
    path = f"/api/v1/chat/conversations/{first['conversation_id']}/stop"
    assert (await ada.http.post(path)).status_code == 204
    assert (await bob.http.post(path)).status_code == 404


async def test_strangers_cannot_speak_in_a_conversation(ada: Person, bob: Person):
    first = await ada.say("one")
    for body in ({"message": "x"}, {"message": "x", "parent_id": first["messages"][0]["id"]}):
        answer = await bob.http.post(MESSAGE, json={**body, "conversation_id": first["conversation_id"]})
        assert answer.status_code == 404
    path = f"/api/v1/chat/conversations/{first['conversation_id']}/regenerate"
    assert (await bob.http.post(path, json={"message_id": first["messages"][0]["id"]})).status_code == 404


async def test_a_message_that_follows_a_message_of_elsewhere_is_not_taken(ada: Person, bob: Person):
    own, others = await ada.say("one"), await bob.say("two")
    for parent in (others["messages"][0]["id"], str(uuid4())):
        body = {"message": "x", "conversation_id": own["conversation_id"], "parent_id": parent}
        assert (await ada.http.post(MESSAGE, json=body)).status_code == 404


async def test_bad_messages_are_problems(ada: Person, house: House):
    bodies = [
        {"message": ""},
        {"message": "  "},
        {"message": "a\0b"},
        {"message": "x", "surprise": 1},
        {"message": "x", "conversation_id": "x"},
        {"message": "x", "max_tokens": 0},
    ]
    for body in bodies:
        answer = await ada.http.post(MESSAGE, json=body)
        assert answer.status_code == 422, body
        assert answer.headers["content-type"] == "application/problem+json"
    too_long = "x" * (house.services.settings.max_message_chars + 1)
    assert (await ada.http.post(MESSAGE, json={"message": too_long})).status_code == 413
    assert (await ada.http.post(MESSAGE, content=b"\xff{", headers=JSON)).status_code == 400
    assert (await ada.http.post(MESSAGE, json={"message": "x", "model": "none"})).status_code in (404, 422)
    assert (await ada.http.post(MESSAGE, json={"message": "x", "attachments": [str(uuid4())]})).status_code == 404
    assert (await ada.http.get("/api/v1/chat/conversations")).json()["conversations"] == []
