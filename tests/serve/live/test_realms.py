"""A realm over the socket: who may read it hears what happens there, and nobody else, from the moment it is so."""

from cluster.ids import RealmId
from serve.village.realms import tell
from tests.serve.live.house import House, Person

VILLAGE = "/api/v1/village"


async def shared(ada: Person, bob: Person) -> RealmId:
    """A realm of Ada's that Bob has joined."""
    realm = (await ada.http.post(f"{VILLAGE}/realms", json={"name": "Pottery"})).json()["id"]
    made = (await ada.http.post(f"{VILLAGE}/realms/{realm}/invites", json={"role": "writer"})).json()
    joined = await bob.http.post(f"{VILLAGE}/join", json={"token": made["token"]})
    assert joined.status_code == 200, joined.text
    return RealmId(realm)


async def test_members_hear_what_is_said_and_see_who_is_there(ada: Person, bob: Person) -> None:
    realm = await shared(ada, bob)
    async with ada.phone() as phone, bob.phone() as other:
        await phone.send(type="subscribe", channel=f"realm:{realm}")
        await phone.until(lambda event: event.get("event") == "presence")
        await other.send(type="subscribe", channel=f"realm:{realm}")
        seen = await phone.until(lambda event: event.get("event") == "presence" and len(event["data"]["here"]) == 2)
        await bob.http.post(f"{VILLAGE}/knowledge", json={"content": "Clay remembers.", "realm_id": str(realm)})
        heard = await phone.until(lambda event: event.get("event") == "knowledge_added")
    assert {one["user_id"] for one in seen["data"]["here"]} == {ada.id, bob.id}
    assert (heard["realm_id"], heard["data"]["knowledge"]["content"]) == (str(realm), "Clay remembers.")


async def test_who_is_sent_away_hears_nothing_more(ada: Person, bob: Person) -> None:
    realm = await shared(ada, bob)
    async with bob.phone() as phone:
        await phone.send(type="subscribe", channel=f"realm:{realm}")
        await phone.until(lambda event: event.get("event") == "presence")
        answer = await ada.http.delete(f"{VILLAGE}/realms/{realm}/members/{bob.id}")
        assert answer.status_code == 204
        await ada.http.post(f"{VILLAGE}/knowledge", json={"content": "A secret.", "realm_id": str(realm)})
        error = await phone.next("error")
        await phone.send(type="subscribe", channel=f"realm:{realm}")
        again = await phone.until(lambda event: event["type"] == "error" and event is not error)
        await phone.send(type="ping")
        await phone.next("pong")
        heard = [event for event in phone.heard if event.get("event") in ("knowledge_added", "realm_changed")]
    assert (error["code"], again["code"], heard) == ("channel_missing", "channel_missing", [])


async def test_a_stranger_cannot_follow(house: House, ada: Person, bob: Person) -> None:
    realm = (await ada.http.post(f"{VILLAGE}/realms", json={"name": "Hers"})).json()["id"]
    async with bob.phone() as phone:
        await phone.send(type="subscribe", channel=f"realm:{realm}")
        error = await phone.next("error")
        await tell(house.services, RealmId(realm), "realm_changed")
        await phone.send(type="ping")
        await phone.next("pong")
        assert error["code"] == "channel_missing"
        assert not [event for event in phone.heard if event["type"] == "village_event"]
