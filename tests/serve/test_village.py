"""The village over HTTP: realms and who belongs, knowledge and its versions, promotion, threads, import and export."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from actors.kinds import KINDS
from cluster.models.catalogue import Models
from cluster.runtime.loop import LoopRuntime
from cluster.services import Clients, Services
from tests.serve.visitors import Visitor, assert_problem

VILLAGE = "/api/v1/village"
FACTS = Path(__file__).parent / "predecessors_facts.json"


@pytest.fixture
async def services(clients: Clients) -> AsyncIterator[Services]:
    """Open services with real realms."""
    async with LoopRuntime.open(clients, KINDS) as runtime:
        yield Services(**vars(clients), runtime=runtime, models=Models(clients.settings, runtime))


async def said(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def make(visitor: Visitor, kind: str = "village", name: str = "Pottery") -> str:
    made = await said(await visitor.http.post(f"{VILLAGE}/realms", json={"kind": kind, "name": name}), 201)
    return made["id"]


async def bring(keeper: Visitor, realm: str, guest: Visitor, *, role: str = "writer", **more: Any) -> None:
    asked = await keeper.http.post(f"{VILLAGE}/realms/{realm}/invites", json={"role": role})
    token = (await said(asked, 201))["token"]
    await said(await guest.http.post(f"{VILLAGE}/join", json={"token": token, **more}))


async def add(visitor: Visitor, text: str, **more: Any) -> dict[str, Any]:
    return await said(await visitor.http.post(f"{VILLAGE}/knowledge", json={"content": text, **more}), 201)


def id_of(visitor: Visitor) -> str:
    return visitor.tokens["user"]["id"]


async def test_everybody_has_a_village_from_the_first_look(ada: Visitor) -> None:
    realms = (await said(await ada.http.get(f"{VILLAGE}/realms")))["realms"]
    assert [(realm["kind"], realm["home"], realm["mine"], realm["role"]) for realm in realms] == [
        ("village", True, True, "keeper")
    ]


async def test_who_joins_by_a_link_reads_and_writes_until_sent_away(ada: Visitor, bob: Visitor) -> None:
    realm = await make(ada)
    made = await said(await ada.http.post(f"{VILLAGE}/realms/{realm}/invites", json={"role": "writer", "uses": 5}), 201)
    assert made["path"] == f"/village/join?token={made['token']}"
    looked = await said(await bob.http.post(f"{VILLAGE}/invitation", json={"token": made["token"]}))
    assert (looked["name"], looked["role"], looked["realm_id"]) == ("Pottery", "writer", None)
    await said(await bob.http.post(f"{VILLAGE}/join", json={"token": made["token"]}))
    piece = await add(bob, "Clay remembers.", realm_id=realm)
    seen = await said(await ada.http.get(f"{VILLAGE}/knowledge", params={"realm_id": realm}))
    assert [hit["knowledge"]["content"] for hit in seen["hits"]] == ["Clay remembers."]

    await said(await ada.http.delete(f"{VILLAGE}/realms/{realm}/members/{id_of(bob)}"), 204)

    assert_problem(await bob.http.get(f"{VILLAGE}/realms/{realm}"), 404)
    assert_problem(await bob.http.get(f"{VILLAGE}/knowledge/{piece['id']}"), 404)
    assert_problem(await bob.http.post(f"{VILLAGE}/join", json={"token": made["token"]}), 404, "invite-missing")
    log = (await said(await ada.http.get(f"{VILLAGE}/realms/{realm}/log")))["entries"]
    assert [entry["action"] for entry in log][::-1] == [
        "realm_created", "invite_made", "member_joined", "invite_revoked", "member_removed",
    ]  # fmt: skip


async def test_readers_read_and_do_no_more(ada: Visitor, bob: Visitor) -> None:
    realm = await make(ada)
    await bring(ada, realm, bob, role="reader")
    piece = await add(ada, "Glaze thinly.", realm_id=realm)

    refused = [
        await bob.http.post(f"{VILLAGE}/knowledge", json={"content": "No.", "realm_id": realm}),
        await bob.http.patch(f"{VILLAGE}/knowledge/{piece['id']}", json={"content": "No."}),
        await bob.http.delete(f"{VILLAGE}/knowledge/{piece['id']}"),
        await bob.http.post(f"{VILLAGE}/realms/{realm}/invites", json={}),
        await bob.http.patch(f"{VILLAGE}/realms/{realm}", json={"name": "Mine"}),
        await bob.http.delete(f"{VILLAGE}/realms/{realm}"),
        await bob.http.post(f"{VILLAGE}/threads", json={"realm_id": realm, "name": "mine"}),
        await bob.http.post(f"{VILLAGE}/realms/{realm}/import", content=b""),
    ]

    assert [answer.status_code for answer in refused] == [409] * len(refused)
    assert (await said(await bob.http.get(f"{VILLAGE}/knowledge/{piece['id']}")))["versions"][0]["id"] == piece["id"]


async def test_a_realm_is_handed_over_and_left(ada: Visitor, bob: Visitor) -> None:
    realm = await make(ada)
    me = f"{VILLAGE}/realms/{realm}/members/{id_of(ada)}"
    transfer = {"user_id": id_of(bob)}
    assert_problem(await ada.http.post(f"{VILLAGE}/realms/{realm}/transfer", json=transfer), 404, "member-missing")
    await bring(ada, realm, bob, role="reader")
    assert_problem(await ada.http.delete(me), 409)

    await said(await ada.http.post(f"{VILLAGE}/realms/{realm}/transfer", json=transfer))
    await said(await ada.http.delete(me), 204)

    theirs = (await said(await bob.http.get(f"{VILLAGE}/realms/{realm}")))["realm"]
    assert (theirs["mine"], theirs["role"], theirs["members"]) == (True, "keeper", 1)
    assert_problem(await ada.http.get(f"{VILLAGE}/realms/{realm}"), 404)


async def test_a_bridge_is_for_those_that_are_named(ada: Visitor, bob: Visitor) -> None:
    bridge = await make(ada, "bridge")
    await bring(ada, bridge, bob, agents=["azoth"])
    await said(
        await ada.http.post(f"{VILLAGE}/realms/{bridge}/members", json={"agent": "VAJRA", "role": "reader"}), 201
    )
    members = (await said(await bob.http.get(f"{VILLAGE}/realms/{bridge}/members")))["members"]
    assert [(one["agent"], one["role"], one["you"]) for one in members] == [
        (None, "keeper", False), ("AZOTH", "writer", True), ("VAJRA", "reader", False),
    ]  # fmt: skip
    path = f"{VILLAGE}/realms/{bridge}/members/{id_of(ada)}"
    await said(await ada.http.delete(path, params={"agent": "VAJRA"}), 204)


async def test_nobody_is_named_who_shares_no_realm(ada: Visitor, bob: Visitor) -> None:
    realm = await make(ada)
    for somebody in (id_of(bob), "0192b5a4-0000-7000-8000-000000000000"):
        asked = {"user_id": somebody}
        assert_problem(await ada.http.post(f"{VILLAGE}/realms/{realm}/members", json=asked), 404, "member-missing")


async def test_what_is_sent_twice_with_a_key_is_made_once(ada: Visitor) -> None:
    headers = {"Idempotency-Key": "k"}
    body = {"content": "Once."}
    answers = [await ada.http.post(f"{VILLAGE}/knowledge", json=body, headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    page = await said(await ada.http.get(f"{VILLAGE}/knowledge"))
    assert len(page["hits"]) == 1


async def test_knowledge_is_changed_removed_and_had_back(ada: Visitor) -> None:
    first = await add(ada, "Fire at 1200 degrees.", tags=["kiln"])
    path = f"{VILLAGE}/knowledge"

    second = await said(await ada.http.patch(f"{path}/{first['id']}", json={"content": "Fire at 1220 degrees."}))
    assert_problem(await ada.http.patch(f"{path}/{first['id']}", json={"content": "Stale."}), 409, "outdated")
    await said(await ada.http.delete(f"{path}/{second['id']}"), 204)
    gone = (await said(await ada.http.get(path)))["hits"]
    trash = (await said(await ada.http.get(path, params={"removed": True})))["hits"]
    await said(await ada.http.post(f"{path}/{second['id']}/restore"))

    detail = await said(await ada.http.get(f"{path}/{second['id']}"))
    assert (gone, [hit["knowledge"]["id"] for hit in trash]) == ([], [second["id"]])
    assert [one["version"] for one in detail["versions"]] == [1, 2]
    assert detail["knowledge"]["realm_kind"] == "village"


async def test_a_list_goes_on_where_it_ended_and_keeps_to_its_filters(ada: Visitor) -> None:
    for number in range(5):
        await add(ada, f"Note {number}.", category="odd" if number % 2 else "even", tags=[f"n{number}"])
    path = f"{VILLAGE}/knowledge"
    first = await said(await ada.http.get(path, params={"limit": 2, "category": "even"}))
    rest = await said(await ada.http.get(path, params={"category": "even", "cursor": first["next_cursor"]}))
    texts = [hit["knowledge"]["content"] for hit in first["hits"] + rest["hits"]]
    tagged = await said(await ada.http.get(path, params={"tag": "n3", "category": "even"}))
    assert texts == ["Note 4.", "Note 2.", "Note 0."]
    assert (rest["next_cursor"], tagged["hits"]) == (None, [])


async def test_a_search_says_why(ada: Visitor) -> None:
    await add(ada, "The kiln must cool slowly.")
    await add(ada, "Bread rises overnight.")
    async with asyncio.timeout(30):
        while True:
            found = await said(await ada.http.get(f"{VILLAGE}/knowledge", params={"q": "cooling the kiln"}))
            top = found["hits"][0] if found["hits"] else {"why": {"vector_rank": None}}
            if top["why"]["vector_rank"]:
                break
            await asyncio.sleep(0.05)
    assert top["knowledge"]["content"] == "The kiln must cool slowly."
    assert (top["why"]["vector_rank"], top["why"]["text_rank"]) == (1, 1)


async def test_promotion_copies_and_logs_and_goes_one_way(ada: Visitor) -> None:
    private = await said(await ada.http.post(f"{VILLAGE}/realms", json={"kind": "private", "agent": "azoth"}), 201)
    piece = await add(ada, "Ash makes glaze.", realm_id=private["id"], agent="AZOTH")
    realm = await make(ada)
    path = f"{VILLAGE}/knowledge"

    copies = [
        await said(await ada.http.post(f"{path}/{piece['id']}/promote", json={"realm_id": realm}), 201)
        for _ in range(2)
    ]

    assert copies[0] == copies[1]
    assert (copies[0]["derived_from"], copies[0]["agent"], copies[0]["realm_id"]) == ([piece["id"]], "AZOTH", realm)
    back = await ada.http.post(f"{path}/{copies[0]['id']}/promote", json={"realm_id": private["id"]})
    assert_problem(back, 409)
    for where in (private["id"], realm):
        log = (await said(await ada.http.get(f"{VILLAGE}/realms/{where}/log")))["entries"]
        assert [entry["action"] for entry in log].count("promoted") == 1


async def test_threads_have_order_participants_and_replies(ada: Visitor) -> None:
    path = f"{VILLAGE}/threads"
    one = await said(await ada.http.post(path, json={"name": "one"}), 201)
    two = await said(await ada.http.post(path, json={"name": "two", "title": "The second"}), 201)
    first = await add(ada, "Is it dry?", thread="two", agent="AZOTH")
    answer = await add(ada, "Nearly.", thread="two", agent="VAJRA", responding_to=[first["id"]])
    asked = await said(await ada.http.patch(f"{VILLAGE}/knowledge/{first['id']}", json={"content": "Is it dry yet?"}))

    await said(await ada.http.patch(f"{path}/{two['id']}", json={"position": 0}))
    await said(await ada.http.patch(f"{path}/{one['id']}", json={"archived": True, "title": "Old"}))

    view = await said(await ada.http.get(f"{path}/{two['id']}"))
    listed = (await said(await ada.http.get(path)))["threads"]
    assert [thread["name"] for thread in listed] == ["two"]
    assert (listed[0]["participants"], listed[0]["count"], listed[0]["position"]) == (["AZOTH", "VAJRA"], 2, 0)
    assert view["replies"] == [{"from_id": answer["id"], "to_id": asked["id"]}]
    assert_problem(await ada.http.patch(f"{path}/{two['id']}", json={"name": "one"}), 409)


async def lines(visitor: Visitor, realm: str) -> list[dict[str, Any]]:
    answer = await visitor.http.get(f"{VILLAGE}/realms/{realm}/export")
    assert answer.status_code == 200
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_what_is_exported_comes_back_as_it_was(ada: Visitor, bob: Visitor) -> None:
    realm, fresh = await make(ada), await make(bob, name="Copy")
    first = await add(ada, "One.", realm_id=realm, thread="talk", agent="AZOTH", tags=["a", "b"], confidence=0.95)
    await add(ada, "Two.", realm_id=realm, thread="talk", responding_to=[first["id"]], agent="VAJRA")
    path = f"{VILLAGE}/knowledge"
    revised = await said(await ada.http.patch(f"{path}/{first['id']}", json={"content": "One, again."}))
    gone = await add(ada, "Three.", realm_id=realm, responding_to=[revised["id"]])
    await said(await ada.http.delete(f"{path}/{gone['id']}"), 204)
    whole = await ada.http.get(f"{VILLAGE}/realms/{realm}/export")

    into = f"{VILLAGE}/realms/{fresh}/import"
    taken = [await said(await bob.http.post(into, content=whole.content)) for _ in range(2)]

    assert taken[0] == {"read": 3, "added": 3, "known": 0, "threads": 1}
    assert taken[1] == {"read": 3, "added": 0, "known": 3, "threads": 0}
    before, after = (await lines(ada, realm))[1:], (await lines(bob, fresh))[1:]
    assert before == after
    assert [line.get("content") for line in before] == [None, "One.", "Two.", "One, again.", "Three."]
    current = await said(await bob.http.get(path, params={"realm_id": fresh}))
    assert [hit["knowledge"]["content"] for hit in current["hits"]] == ["One, again.", "Two."]


async def test_the_predecessors_facts_come_in_once(ada: Visitor) -> None:
    realm = await make(ada)
    into = f"{VILLAGE}/realms/{realm}/import"
    facts = json.loads(FACTS.read_text())["facts"]

    taken = [await said(await ada.http.post(into, content=FACTS.read_bytes())) for _ in range(2)]

    assert [(one["read"], one["added"], one["known"]) for one in taken] == [(3, 3, 0), (3, 0, 3)]
    kept = {line["id"]: line for line in (await lines(ada, realm))[1:]}
    for fact in facts:
        line = kept[fact["id"]]
        assert (line["content"], line["category"], line["confidence"], line["source"]) == (
            fact["text"], fact["category"], fact["confidence"], fact["source"],
        )  # fmt: skip
        assert line["created_at"].startswith(fact["added_at"])


async def test_a_file_that_is_wrong_says_where_and_changes_nothing(ada: Visitor) -> None:
    realm = await make(ada)
    good = b'{"type": "knowledge", "id": "a", "content": "Good."}\n'
    for bad in (b"{", b'{"type": "knowledge", "id": "b"}', b'{"type": "knowledge", "id": "b", "content": "x", "y": 1}'):
        told = assert_problem(await ada.http.post(f"{VILLAGE}/realms/{realm}/import", content=good + bad), 422)
        assert "line 2" in told["detail"]
    assert len(await lines(ada, realm)) == 1
