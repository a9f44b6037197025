"""Conversations as people keep them: listed, found, changed, branched, exported, deleted and brought back."""

from uuid import UUID, uuid4

import pytest

from actors.stores import conversations
from cluster.ids import UserId
from tests.serve.live.house import Event, House, Person

PATH = "/api/v1/chat/conversations"


async def listed(person: Person, **query: object) -> list[Event]:
    """All pages of a list."""
    found: list[Event] = []
    cursor: str | None = None
    while True:
        params = {**query, **({"cursor": cursor} if cursor else {})}
        answer = await person.http.get(PATH, params={name: str(value) for name, value in params.items()})
        assert answer.status_code == 200, answer.text
        found += answer.json()["conversations"]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return found


async def change(person: Person, conversation: str, **fields: object) -> Event:
    answer = await person.http.patch(f"{PATH}/{conversation}", json=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_list_pages_through_everything_newest_first(ada: Person, bob: Person):
    made = [(await ada.say(f"number {n}"))["conversation_id"] for n in range(7)]
    await bob.say("not yours")
    found = await listed(ada, limit=3)
    assert {conversation["id"] for conversation in found} == set(made)
    moments = [conversation["updated_at"] for conversation in found]
    assert moments == sorted(moments, reverse=True)


async def test_the_list_filters(ada: Person):
    one, two, three = [(await ada.say(f"number {n}"))["conversation_id"] for n in range(3)]
    await change(ada, one, favorite=True, tags=["red", " blue ", "red"])
    await change(ada, two, archived=True)
    assert [c["id"] for c in await listed(ada, favorite=True)] == [one]
    assert [c["id"] for c in await listed(ada, archived=True)] == [two]
    assert {c["id"] for c in await listed(ada, archived=False)} == {one, three}
    assert [(c["id"], c["tags"]) for c in await listed(ada, tag="blue")] == [(one, ["red", "blue"])]


async def test_search_finds_titles_and_messages_best_first(ada: Person, bob: Person):
    said = (await ada.say("Tell me about the zebra crossing in the old town"))["conversation_id"]
    titled = (await ada.say("something else"))["conversation_id"]
    await change(ada, titled, title="Zebra notes")
    await change(ada, said, title="Traffic")
    await bob.say("zebra zebra zebra")
    found = await listed(ada, q="zebra")
    assert [conversation["id"] for conversation in found] == [titled, said]
    assert found[0]["match"] is None
    assert "\x02zebra\x03" in found[1]["match"]["snippet"]
    assert [c["id"] for c in await listed(ada, q="zebra cross")] == [said]
    assert await listed(ada, q="zebra unicorn") == []


@pytest.mark.parametrize(
    "q", ["", " ", "'", "a & | !", "\\", "<->", ":*", "'; drop table messages", "é" * 500, "%", "\U0001f600"]
)
async def test_search_takes_any_text(ada: Person, q: str):
    await ada.say("hello")
    assert isinstance(await listed(ada, q=q), list)


async def test_search_pages(ada: Person):
    made = {(await ada.say(f"walrus {n}"))["conversation_id"] for n in range(5)}
    for id in made:
        await ada.titled(id)
    assert {conversation["id"] for conversation in await listed(ada, q="walrus", limit=2)} == made


async def test_older_messages_come_by_the_page(ada: Person):
    id = (await ada.say("message 0"))["conversation_id"]
    for n in range(1, 6):
        await ada.say(f"message {n}", conversation_id=id)
    page = (await ada.http.get(f"{PATH}/{id}", params={"limit": 5})).json()
    found = page["messages"]
    while page["next_cursor"]:
        query = {"limit": 4, "cursor": page["next_cursor"]}
        page = (await ada.http.get(f"{PATH}/{id}/messages", params=query)).json()
        found = page["messages"] + found
    assert [message["content"] for message in found if message["role"] == "user"] == [f"message {n}" for n in range(6)]
    assert len(found) == 12
    parents = [message["parent_id"] for message in found]
    assert parents == [None, *(message["id"] for message in found[:-1])]


async def test_walking_between_branches(ada: Person):
    first = await ada.say("question")
    id, root = first["conversation_id"], first["messages"][0]["parent_id"]
    old = await ada.say("old way", conversation_id=id)
    await ada.say("older still", conversation_id=id)
    new = await ada.say("new way", conversation_id=id, parent_id=first["messages"][-1]["id"])
    shown = (await ada.open(id))["messages"]
    assert shown[-1]["id"] == new["messages"][-1]["id"]
    siblings = next(message["siblings"] for message in shown if message["content"] == "new way")
    await change(ada, id, leaf_id=siblings[0])
    shown = (await ada.open(id))["messages"]
    assert [m["content"] for m in shown if m["role"] == "user"] == ["question", "old way", "older still"]
    assert shown[0]["id"] == root
    assert (await ada.http.get(f"{PATH}/{id}/messages/{old['messages'][0]['id']}")).status_code == 200


async def test_changes_reach_every_device(ada: Person):
    id = (await ada.say("hello"))["conversation_id"]
    async with ada.phone() as phone:
        await phone.send(type="subscribe", channel=f"user:{ada.id}")
        await phone.next("subscribed")
        changed = await change(ada, id, title=" A name ", favorite=True)
        event = await phone.until(
            lambda event: event["type"] == "conversation_updated" and event["conversation"]["favorite"]
        )
        assert event["conversation"] == changed
        assert changed["title"] == "A name"
        await ada.http.delete(f"{PATH}/{id}")
        assert (await phone.next("conversation_deleted"))["conversation_id"] == id


async def test_a_deleted_conversation_is_gone_until_it_is_brought_back(ada: Person):
    id = (await ada.say("hello"))["conversation_id"]
    assert (await ada.http.delete(f"{PATH}/{id}")).status_code == 204
    assert (await ada.http.delete(f"{PATH}/{id}")).status_code == 404
    assert (await ada.http.get(f"{PATH}/{id}")).status_code == 404
    assert (await ada.http.patch(f"{PATH}/{id}", json={"title": "x"})).status_code == 404
    assert (await ada.http.get(f"{PATH}/{id}/messages")).status_code == 404
    assert (await ada.http.get(f"{PATH}/{id}/export")).status_code == 404
    assert await listed(ada) == []
    assert await listed(ada, q="hello") == []
    await change(ada, id, deleted=False)
    assert len((await ada.open(id))["messages"]) == 2


async def test_deleting_stops_what_runs(ada: Person):
    async with ada.phone() as phone:
        await phone.send(type="chat", id="a", message="count to 5000 at 50 tokens per second")
        accepted = await phone.next("accepted")
        await phone.next("token")
        await ada.http.delete(f"{PATH}/{accepted['conversation_id']}")
        assert (await phone.next("turn_ended"))["status"] == "stopped"


async def test_the_bin_is_emptied_of_what_is_old(ada: Person, house: House):
    old, fresh = [(await ada.say(text))["conversation_id"] for text in ("old", "fresh")]
    for id in (old, fresh):
        await ada.http.delete(f"{PATH}/{id}")
    async with house.services.db.as_user(UserId(UUID(ada.id))) as conn:
        await conn.execute("update conversations set deleted_at = now() - interval '31 days' where id = $1", UUID(old))
        assert await conversations.purge(conn) == 1
        assert await conn.fetchval("select count(*) from conversations") == 1
        assert await conn.fetchval("select count(*) from messages") == 2
    assert (await ada.http.patch(f"{PATH}/{old}", json={"deleted": False})).status_code == 404
    assert (await ada.http.patch(f"{PATH}/{fresh}", json={"deleted": False})).status_code == 200


async def test_json_exports_every_branch(ada: Person):
    first = await ada.say("one")
    id = first["conversation_id"]
    await ada.say("two", conversation_id=id)
    await ada.say("two, edited", conversation_id=id, parent_id=first["messages"][-1]["id"])
    await change(ada, id, title='Über "alles"/x')
    answer = await ada.http.get(f"{PATH}/{id}/export")
    exported = answer.json()
    assert exported["conversation"]["id"] == id
    assert [m["content"] for m in exported["messages"] if m["role"] == "user"] == ["one", "two", "two, edited"]
    assert len(exported["messages"]) == 6
    told = answer.headers["content-disposition"]
    assert told == "attachment; filename=\"_ber alles x.json\"; filename*=UTF-8''%C3%9Cber%20alles%20x.json"


async def test_markdown_exports_the_current_branch(ada: Person):
    first = await ada.say('use tool calculator with {"expression": "6*7"}')
    id = first["conversation_id"]
    await ada.say("gone", conversation_id=id)
    await ada.say("kept", conversation_id=id, parent_id=first["messages"][-1]["id"])
    await change(ada, id, title="A name")
    answer = await ada.http.get(f"{PATH}/{id}/export", params={"format": "markdown"})
    text = answer.text
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert text.startswith("# A name\n\n## You\n")
    assert "*Used the tool `calculator`.*" in text
    assert "kept" in text
    assert "gone" not in text


async def test_strangers_find_nothing(ada: Person, bob: Person):
    first = await ada.say("a secret")
    id, message = first["conversation_id"], first["messages"][0]["id"]
    before = await ada.titled(id)
    for method, path, body in [
        ("GET", f"{PATH}/{id}", None),
        ("GET", f"{PATH}/{id}/messages", None),
        ("GET", f"{PATH}/{id}/messages/{message}", None),
        ("GET", f"{PATH}/{id}/messages?cursor={message}", None),
        ("GET", f"{PATH}/{id}/export", None),
        ("GET", f"{PATH}/{id}/events", None),
        ("PATCH", f"{PATH}/{id}", {"title": "mine"}),
        ("PATCH", f"{PATH}/{id}", {"deleted": False}),
        ("DELETE", f"{PATH}/{id}", None),
    ]:
        answer = await bob.http.request(method, path, json=body)
        assert answer.status_code == 404, (method, path)
        assert answer.headers["content-type"] == "application/problem+json"
    assert {**await ada.open(id), "seq": before["seq"]} == before


async def test_messages_of_another_conversation_are_not_found_in_this_one(ada: Person):
    one, two = await ada.say("one"), await ada.say("two")
    id, foreign = one["conversation_id"], two["messages"][0]["id"]
    assert (await ada.http.get(f"{PATH}/{id}/messages/{foreign}")).status_code == 404
    assert (await ada.http.get(f"{PATH}/{id}/messages", params={"cursor": foreign})).status_code == 404
    assert (await ada.http.patch(f"{PATH}/{id}", json={"leaf_id": foreign})).status_code == 404


async def test_bad_questions_are_problems(ada: Person):
    id = (await ada.say("one"))["conversation_id"]
    for path in (
        f"{PATH}?limit=0",
        f"{PATH}?limit=1000",
        f"{PATH}?cursor=nonsense",
        f"{PATH}?cursor=bm9uc2Vuc2U",
        f"{PATH}?q=x&cursor=IzEtMg",
        f"{PATH}?surprise=1",
        f"{PATH}?q=a%00b",
        f"{PATH}/not-an-id",
        f"{PATH}/{id}/messages?cursor=x",
        f"{PATH}/{id}/export?format=pdf",
    ):
        answer = await ada.http.get(path)
        assert answer.status_code == 422, path
        assert answer.headers["content-type"] == "application/problem+json"
    for body in ({"title": ""}, {"title": "  "}, {"title": "a\0"}, {"tags": [""]}, {"deleted": True}, {"x": 1}):
        assert (await ada.http.patch(f"{PATH}/{id}", json=body)).status_code == 422, body
    assert (await ada.http.get(f"{PATH}/{uuid4()}")).status_code == 404


async def test_a_snapshot_and_the_events_after_it_make_the_whole(ada: Person):
    """Whenever in a running answer somebody opens the conversation, nothing is missing."""
    start = await ada.say("hello")
    id = start["conversation_id"]
    async with ada.phone() as phone:
        text = 'use tool calculator with {"expression": "6*7"}'
        await phone.send(type="chat", id="a", conversation_id=id, message=text)
        snapshots: list[Event] = []
        while not phone.heard or phone.heard[-1]["type"] != "turn_ended":
            await phone.another()
            snapshots.append(await ada.open(id))
    final = [(m["id"], m["content"]) for m in (await ada.open(id))["messages"]]
    for snapshot in snapshots:
        assert await rebuilt(ada, snapshot) == final


async def rebuilt(person: Person, snapshot: Event) -> list[tuple[str, str]]:
    """What a client has that opens with this snapshot and follows on."""
    messages = {message["id"]: message["content"] for message in snapshot["messages"]}
    async with person.phone() as phone:
        channel = f"conversation:{snapshot['conversation']['id']}"
        await phone.send(type="subscribe", channel=channel, after=snapshot["seq"])
        await person.http.patch(f"{PATH}/{snapshot['conversation']['id']}", json={"tags": [uuid4().hex]})
        await phone.until(lambda event: event["type"] == "conversation_updated" and event["conversation"]["tags"] != [])
        if snapshot["turns"]:
            await phone.next("turn_ended")
        for event in phone.events():
            match event["type"]:
                case "message_added":
                    messages[event["message"]["id"]] = event["message"]["content"]
                case "step_started":
                    messages[event["message_id"]] = ""
                case "token":
                    messages[event["message_id"]] += event["content"]
                case _:
                    pass
    return list(messages.items())
