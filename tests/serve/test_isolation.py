"""Another person's id answers as if there were nothing: every route with an id in it is tried here."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from actors.agents import spawning
from actors.agents import store as agents
from actors.agents.allowance import Allowance
from actors.agents.spawning import NewAgent
from actors.agents.types import AgentType
from actors.kinds import KINDS
from cluster.ids import UserId, new_id
from cluster.models.catalogue import Models
from cluster.runtime.loop import LoopRuntime
from cluster.services import Clients, Services
from cluster.settings import Settings
from serve.door import create_app
from tests.serve.visitors import Visitor, assert_problem
from village.datasets.library import Library
from village.datasets.passages import Passage

BODIES: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("post", "/api/v1/chat/conversations/{conversation_id}/regenerate"): {"message_id": "{message_id}"},
    ("patch", "/api/v1/chat/conversations/{conversation_id}"): {"title": "mine now"},
    ("patch", "/api/v1/files/{file_id}"): {"path": "mine/now"},
    ("post", "/api/v1/approvals/{approval_id}"): {"approve": True},
    ("patch", "/api/v1/village/realms/{realm_id}"): {"name": "mine now"},
    ("post", "/api/v1/village/realms/{realm_id}/transfer"): {"user_id": "{user_id}"},
    ("post", "/api/v1/village/realms/{realm_id}/members"): {"user_id": "{user_id}", "role": "keeper"},
    ("patch", "/api/v1/village/realms/{realm_id}/members/{user_id}"): {"role": "reader"},
    ("post", "/api/v1/village/realms/{realm_id}/invites"): {"role": "keeper"},
    ("patch", "/api/v1/village/knowledge/{knowledge_id}"): {"content": "mine now"},
    ("post", "/api/v1/village/knowledge/{knowledge_id}/promote"): {"realm_id": "{realm_id}"},
    ("patch", "/api/v1/village/threads/{thread_id}"): {"title": "mine now"},
    ("post", "/api/v1/village/convergence/{convergence_id}"): {"status": "dismissed"},
    ("post", "/api/v1/datasets/{dataset_name}/sources/from-workspace"): {"path": "kept.txt"},
    ("patch", "/api/v1/schedules/{schedule_id}"): {"name": "mine now"},
    ("post", "/api/v1/councils/{council_id}/remarks"): {"content": "mine now"},
    ("post", "/api/v1/councils/{council_id}/members"): {"name": "mine now"},
    ("post", "/api/v1/councils/{council_id}/share"): {},
    ("post", "/api/v1/datasets/{dataset_name}/query"): {"query": "a secret"},
    ("patch", "/api/v1/mcp/servers/{server_id}"): {"name": "mine-now"},
    ("post", "/api/v1/swarms/{swarm_id}/items"): {"inputs": ["mine now"]},
    ("post", "/api/v1/swarms/{swarm_id}/retry"): {},
}
"""What a route wants to be sent."""
FILES = {("post", "/api/v1/datasets/{dataset_name}/sources"): {"file": ("a.txt", b"mine now")}}
"""Where a file is sent."""
QUERIES = {("delete", "/api/v1/datasets/{dataset_name}/sources"): {"source": "notes"}}
"""What else a route wants to be told."""
NOBODYS = {"/api/v1/tools/{name}/schema"}
"""What a path names there is the same for everybody who is signed in."""
EVERYBODYS = {("put", "/api/v1/agents/types/{type_name}")}
"""What is called so there is each person's own, and made when it is not there."""


THEIRS = {"/v1/models/{model_id}"}
"""What answers in other protocols' words: tests/serve/compat/test_agents.py."""
BY_LINK = {"/api/v1/shared/councils/{token}"}
"""What is shown to whoever has the link: tests/serve/test_councils.py."""


def routes_with_ids() -> list[tuple[str, str]]:
    def nothing() -> Any:
        raise AssertionError("only described, never opened")

    paths: dict[str, dict[str, Any]] = create_app(Settings(), nothing).openapi()["paths"]
    return [
        (method, path)
        for path, methods in paths.items()
        for method in methods
        if "{" in path and path not in NOBODYS | BY_LINK | THEIRS and (method, path) not in EVERYBODYS
    ]


@dataclass(frozen=True)
class Belongings:
    """What somebody has, by the name that a path calls it."""

    ids: Mapping[str, UUID | int]
    """A number is no secret: another has the same."""

    def path(self, template: str) -> str:
        """The address of it."""
        for name, id in self.ids.items():
            template = template.replace(f"{{{name}}}", str(id))
        assert "{" not in template, f"say in this test what {template} needs"
        return template

    def body(self, method: str, template: str) -> dict[str, Any] | None:
        """What to send."""
        body = BODIES.get((method, template))
        return (
            None
            if body is None
            else {name: self.path(value) if isinstance(value, str) else value for name, value in body.items()}
        )


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With a model that answers."""
    return settings.model_copy(update={"scripted_model": True})


@pytest.fixture
async def services(clients: Clients) -> AsyncIterator[Services]:
    """Open services with real sessions."""
    async with LoopRuntime.open(clients, KINDS) as runtime:
        yield Services(**vars(clients), runtime=runtime, models=Models(clients.settings, runtime))


@pytest.fixture
async def hers(services: Services, ada: Visitor) -> Belongings:
    """Ada's conversation with one message, and a file of hers."""
    user = UserId(UUID(ada.tokens["user"]["id"]))
    conversation, message, turn, approval = new_id(), new_id(), new_id(), new_id()
    async with services.db.as_user(user) as conn:
        await conn.execute(
            "insert into conversations (id, user_id, title, leaf_id) values ($1, $2, 'hers', $3)",
            conversation,
            user,
            message,
        )
        await conn.execute(
            """insert into turns (id, user_id, conversation_id, idempotency_key, status, user_message_id)
               values ($1, $2, $3, 'k', 'completed', $4)""",
            turn,
            user,
            conversation,
            message,
        )
        await conn.execute(
            """insert into messages (id, user_id, conversation_id, turn_id, role, content)
               values ($1, $2, $3, $4, 'user', 'a secret')""",
            message,
            user,
            conversation,
            turn,
        )
        await conn.execute(
            """insert into approvals (id, user_id, conversation_id, turn_id, message_id, call_id, tool, arguments,
                                      arguments_hash, reason, expires_at)
               values ($1, $2, $3, $4, $5, 'call', 'a secret', '{}', '', 'rule', now() + interval '1 day')""",
            approval,
            user,
            conversation,
            turn,
            message,
        )
    file = await ada.http.post("/api/v1/chat/attachments", files={"file": ("a.txt", b"a secret")})
    upload = await ada.http.post("/api/v1/files/uploads", json={"path": "a secret", "size": 1})
    theirs = {"name": "a-secret", "transport": "http", "url": "https://127.0.0.1/mcp", "secrets": {"key": "a secret"}}
    server = await ada.http.post("/api/v1/mcp/servers", json=theirs)
    kept, version, trashed = await files_of(ada)
    dataset = await dataset_of(services, user)
    key = await ada.http.post("/api/v1/user/keys", json={"name": "a secret", "scopes": ["all"]})
    return Belongings(
        {
            "conversation_id": conversation,
            "message_id": message,
            "turn_id": turn,
            "approval_id": approval,
            "attachment_id": UUID(file.json()["id"]),
            "file_id": kept,
            "version_id": version,
            "trashed_id": trashed,
            **(village := await village_of(ada)),
            "convergence_id": await convergence_in(services, user, village["realm_id"]),
            "upload_id": UUID(upload.json()["id"]),
            "server_id": UUID(server.json()["id"]),
            "dataset_name": dataset,
            **await agents_of(services, user),
            "key_id": UUID(key.json()["id"]),
            "schedule_id": await schedule_of(ada),
            "council_id": await council_of(ada),
            "member_n": 1,
            "swarm_id": await swarm_of(ada),
        }
    )


async def schedule_of(ada: Visitor) -> UUID:
    """A schedule of hers."""
    asked = {"name": "a secret", "rule": "FREQ=YEARLY", "spawn": {"task": "a secret"}}
    return UUID((await ada.http.post("/api/v1/schedules", json=asked)).json()["id"])


async def dataset_of(services: Services, user: UserId) -> UUID:
    """The name of a dataset of hers with a source `notes`."""
    name, library = new_id(), Library(db=services.db, user=user, services=services)
    await library.create(str(name), "", [])
    await library.put(str(name), "notes", [Passage("a secret", None)])
    return name


async def agents_of(services: Services, user: UserId) -> dict[str, UUID]:
    """An agent of hers that has ended, and a type of agent."""
    id, name = new_id(), new_id()
    async with services.db.as_user(user) as conn:
        new = NewAgent(id=id, key="k", task="a secret", allowance=Allowance.of(services.settings, {}))
        await spawning.spawn(conn, [new])
        await agents.ended(conn, id, "completed", result="a secret", error=None)
        await agents.put_type(conn, AgentType(name=str(name), persona="a secret"))
        await conn.execute("update placements set pending = false where key = $1", str(id))
    return {"agent_id": id, "type_name": name}


async def council_of(ada: Visitor) -> UUID:
    """A council of hers that has not begun."""
    asked = {"question": "a secret?", "options": ["a secret", "none"], "start": False}
    return UUID((await ada.http.post("/api/v1/councils", json=asked)).json()["id"])


async def swarm_of(ada: Visitor) -> UUID:
    """A swarm of hers that has ended."""
    command = {"task": "a secret", "inputs": ["a secret"], "model": "scripted", "tools": "none"}
    swarm = (await ada.http.post("/api/v1/swarms", json=command)).json()["id"]
    await ada.http.get(f"/api/v1/swarms/{swarm}/results")  # which lasts until it has ended
    return UUID(swarm)


async def files_of(ada: Visitor) -> tuple[UUID, UUID, UUID]:
    """A file of hers, what it held before, and one that she deleted."""
    for data in (b"an old secret", b"a secret"):
        parts = [("files", ("kept.txt", data)), ("files", ("deleted.txt", data))]
        answer = await ada.http.post("/api/v1/files", files=parts, params={"replace": True})
    kept, deleted = (UUID(file["id"]) for file in answer.json()["files"])
    await ada.http.delete(f"/api/v1/files/{deleted}")
    versions = await ada.http.get(f"/api/v1/files/{kept}/versions")
    return kept, UUID(versions.json()["versions"][0]["id"]), deleted


async def convergence_in(services: Services, user: UserId, realm: UUID) -> UUID:
    """Agreement that was noticed in a realm of hers."""
    id = new_id()
    async with services.db.as_user(user) as conn:
        await conn.execute(
            """insert into convergences (id, realm_id, kind, independent, similarity)
               values ($1, $2, 'HARMONY', true, 0.9)""",
            id,
            realm,
        )
    return id


async def village_of(ada: Visitor) -> dict[str, UUID]:
    """A realm of hers with an invitation, and something known there, in a thread."""
    village = "/api/v1/village"
    realm = (await ada.http.post(f"{village}/realms", json={"name": "a secret"})).json()["id"]
    invite = await ada.http.post(f"{village}/realms/{realm}/invites", json={})
    said = {"content": "a secret", "thread": "a secret", "realm_id": realm}
    known = (await ada.http.post(f"{village}/knowledge", json=said)).json()
    twice = [(await ada.http.post(f"{village}/knowledge", json={"content": text})).json()["id"] for text in "ab"]
    merged = await ada.http.post(f"{village}/health/consolidate", json={"id1": twice[0], "id2": twice[1]})
    return {
        "undo_id": UUID(merged.json()["undo_id"]),
        "realm_id": UUID(realm),
        "user_id": UUID(ada.tokens["user"]["id"]),
        "invite_id": UUID(invite.json()["invite"]["id"]),
        "knowledge_id": UUID(known["id"]),
        "thread_id": UUID(known["thread_id"]),
    }


async def ask(http: httpx.AsyncClient, whose: Belongings, method: str, path: str) -> httpx.Response:
    place = (method, path)
    if place in FILES:
        return await http.request(method, whose.path(path), files=FILES[place])
    return await http.request(method, whose.path(path), json=whose.body(method, path), params=QUERIES.get(place))


async def test_what_is_hers_is_not_there_for_him(bob: Visitor, hers: Belongings, subtests: pytest.Subtests):
    nobodys = Belongings({name: uuid4() if isinstance(id, UUID) else id for name, id in hers.ids.items()})
    for method, path in routes_with_ids():
        with subtests.test(method=method, path=path):
            theirs = await ask(bob.http, hers, method, path)
            nothing = await ask(bob.http, nobodys, method, path)
            assert_problem(theirs, 404)
            assert theirs.json() == nothing.json()
            assert "secret" not in theirs.text


async def test_nothing_of_hers_is_there_for_who_is_not_signed_in(
    http: httpx.AsyncClient, hers: Belongings, subtests: pytest.Subtests
):
    for method, path in routes_with_ids():
        with subtests.test(method=method, path=path):
            assert_problem(await ask(http, hers, method, path), 401, "sign-in-needed")


async def test_what_is_hers_is_there_for_her(ada: Visitor, hers: Belongings, subtests: pytest.Subtests):
    for method, path in routes_with_ids():
        if method == "get" and not path.endswith("/events"):
            with subtests.test(path=path):
                assert (await ask(ada.http, hers, "get", path)).status_code == 200


@pytest.mark.parametrize("path", sorted(NOBODYS))
async def test_what_is_nobodys_is_the_same_for_all_who_are_signed_in(
    http: httpx.AsyncClient, ada: Visitor, bob: Visitor, path: str
):
    address = path.replace("{name}", "calculator")
    answers = [await visitor.http.get(address) for visitor in (ada, bob)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert_problem(await http.get(address), 401, "sign-in-needed")


async def test_no_tool_of_his_works_on_her_conversation(bob: Visitor, hers: Belongings):
    ids = (hers.ids["conversation_id"], uuid4())
    runs = [{"name": "session_info", "conversation_id": str(id)} for id in ids]
    theirs, nothing = [await bob.http.post("/api/v1/tools/execute", json=each) for each in runs]
    assert_problem(theirs, 404)
    assert theirs.json() == nothing.json()


async def test_nobody_speaks_in_her_conversation(services: Services, bob: Visitor, hers: Belongings):
    command = {"message": "hello", "conversation_id": str(hers.ids["conversation_id"])}
    assert_problem(await bob.http.post("/api/v1/chat/message", json=command), 404)


async def test_her_conversations_are_in_nobody_elses_list(ada: Visitor, bob: Visitor, hers: Belongings):
    lists = [await visitor.http.get("/api/v1/chat/conversations") for visitor in (ada, bob)]
    assert [len(answer.json()["conversations"]) for answer in lists] == [1, 0]
    found = await bob.http.get("/api/v1/chat/conversations", params={"q": "secret"})
    assert "secret" not in found.text
