"""A person's files over HTTP: kept, found, moved, undone; refused with reasons, and given back harmless."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from cluster.ids import UserId, new_id
from cluster.services import Services
from serve.files.uploads import MOST_UPLOADED
from tests.serve.visitors import Visitor, assert_problem
from village.workspace.entries import BOUNDS, MIB

FILES = "/api/v1/files"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


async def send(ada: Visitor, files: Mapping[str, bytes], *, key: str | None = None, **query: Any) -> httpx.Response:
    parts = [("files", (name, data, "text/html")) for name, data in files.items()]
    headers = {} if key is None else {"Idempotency-Key": key}
    return await ada.http.post(FILES, files=parts, params=query, headers=headers)


async def sent(ada: Visitor, files: Mapping[str, bytes], **query: Any) -> list[dict[str, Any]]:
    answer = await send(ada, files, **query)
    assert answer.status_code == 201, answer.text
    return answer.json()["files"]


async def listed(ada: Visitor, **query: Any) -> list[str]:
    answer = await ada.http.get(FILES, params=query)
    assert answer.status_code == 200, answer.text
    return [entry["path"] for entry in answer.json()["entries"]]


async def content(ada: Visitor, id: str) -> bytes:
    return (await ada.http.get(f"{FILES}/{id}/content")).content


async def fill(services: Services, visitor: Visitor, size: int) -> None:
    """A file of this size, as far as the database knows."""
    user = UserId(UUID(visitor.tokens["user"]["id"]))
    async with services.db.as_user(user) as conn:
        await conn.execute("insert into workspaces (user_id) values ($1)", user)
        await conn.execute(
            """insert into workspace_entries (id, user_id, path, is_folder, size, sha256, media_type, object_name)
               values ($1, $2, 'large', false, $3, ''::bytea, 'text/plain', 'workspace/large')""",
            new_id(), user, size,
        )  # fmt: skip


async def test_files_are_uploaded_into_a_folder_and_come_back(ada: Visitor):
    first, second = await sent(ada, {"a.csv": b"x,y\n1,2\n", "Grüße 你好.md": "é".encode()}, folder="reports/june/")

    assert (first["path"], first["name"], first["size"]) == ("reports/june/a.csv", "a.csv", 8)
    assert (first["media_type"], first["is_text"], first["is_folder"]) == ("text/csv", True, False)
    assert await content(ada, first["id"]) == b"x,y\n1,2\n"
    assert await content(ada, second["id"]) == "é".encode()
    assert await listed(ada) == ["reports"]
    assert await listed(ada, folder="/reports/june") == ["reports/june/Grüße 你好.md", "reports/june/a.csv"]
    found = await ada.http.get(f"{FILES}/at", params={"path": "./reports//june/a.csv"})
    assert found.json() == first
    assert (await ada.http.get(f"{FILES}/{first['id']}")).json() == first


async def test_a_folder_is_listed_page_by_page_in_order(ada: Visitor):
    await sent(ada, {f"{number}.txt": b"x" * (number + 1) for number in range(5)})
    await ada.http.post(f"{FILES}/folders", json={"path": "z/deep"})
    pages: list[list[str]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await ada.http.get(FILES, params={"limit": 4, **({"cursor": cursor} if cursor else {})})).json()
        pages.append([entry["path"] for entry in page["entries"]])
        assert page["total"] == 6
        cursor = page["next_cursor"]
    assert pages == [["z", "0.txt", "1.txt", "2.txt"], ["3.txt", "4.txt"]]
    assert await listed(ada, sort="size", limit=3) == ["z", "4.txt", "3.txt"]
    await sent(ada, {"1.txt": b"changed"}, replace=True)
    assert await listed(ada, sort="modified", limit=2) == ["z", "1.txt"]


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 1001}, {"cursor": "nonsense"}, {"sort": "luck"}, {"folder": "x" * 501}, {"p": 1}]
)
async def test_a_list_that_makes_no_sense_is_422(ada: Visitor, query: dict[str, int | str]):
    assert_problem(await ada.http.get(FILES, params=query), 422)


@pytest.mark.parametrize(
    "path", ["..", "../x", "a/../../x", "..\\x", "a\\..\\x", "a\0b", "a\nb", "\u202etxt", "x" * 121]
)
async def test_paths_that_leave_or_trick_are_refused(ada: Visitor, path: str):
    (file,) = await sent(ada, {"there": b"1"})
    for answer in (
        await ada.http.get(FILES, params={"folder": path}),
        await ada.http.get(f"{FILES}/at", params={"path": path}),
        await ada.http.get(f"{FILES}/search", params={"q": "x", "folder": path}),
        await ada.http.post(f"{FILES}/folders", json={"path": path}),
        await ada.http.patch(f"{FILES}/{file['id']}", json={"path": path}),
        await send(ada, {"x": b"1"}, folder=path),
    ):
        assert_problem(answer, 422, "invalid")
    assert await listed(ada) == ["there"]


async def test_encoded_tricks_in_an_address_meet_nothing(ada: Visitor, http: httpx.AsyncClient):
    for trick in ("..", "%2e%2e", "%2e%2e%2fusers", "..%5c..", "%00", "passwd"):
        answer = await ada.http.get(f"{FILES}/{trick}/content")
        assert answer.status_code in (404, 422), trick
    twice = await ada.http.get(f"{FILES}/at?path=%252e%252e%252fsecret")
    assert_problem(twice, 404)
    assert_problem(await ada.http.get(f"{FILES}/at?path=%2e%2e%2fsecret"), 422, "invalid")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ada\\notes.txt", "notes.txt"),
        (".gitignore", ".gitignore"),
        ("%2e%2e", "%2e%2e"),
        ("link -> /etc/passwd", "passwd"),
        ("/proc/self/environ", "environ"),
        ("..", None),
        ("a/..", None),
        (" ", None),
        ("\u202egnp.exe", None),
        ("x" * 121, None),
    ],
)
async def test_a_file_is_called_by_the_last_part_of_its_name(ada: Visitor, name: str, kept: str | None):
    answer = await send(ada, {name: b"1"}, folder="in")
    if kept is None:
        assert_problem(answer, 422)
        assert await listed(ada) == []
    else:
        assert await listed(ada, folder="in") == [f"in/{kept}"]


async def test_what_is_there_is_replaced_only_if_asked_and_can_be_had_back(ada: Visitor):
    (file,) = await sent(ada, {"a.txt": b"one"})
    assert_problem(await send(ada, {"b.txt": b"new", "a.txt": b"two"}), 409, "conflict")
    assert await listed(ada) == ["a.txt"]
    (again,) = await sent(ada, {"a.txt": b"two"}, replace=True)
    assert again["id"] == file["id"]

    (version,) = (await ada.http.get(f"{FILES}/{file['id']}/versions")).json()["versions"]
    assert version["size"] == 3
    assert version["expires_at"] > version["replaced_at"]
    at = f"{FILES}/{file['id']}/versions/{version['id']}"
    assert (await ada.http.get(f"{at}/content")).content == b"one"
    restored = await ada.http.post(f"{at}/restore")
    assert restored.json()["sha256"] == file["sha256"]
    assert await content(ada, file["id"]) == b"one"
    assert_problem(await ada.http.get(f"{at}/content"), 404)


async def test_sent_twice_with_one_key_it_is_kept_once(ada: Visitor, bob: Visitor):
    first = await send(ada, {"a.txt": b"one"}, key="k")
    second = await send(ada, {"a.txt": b"one"}, key="k")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert_problem(await send(ada, {"a.txt": b"two"}, key="k"), 409, "conflict")
    assert (await send(bob, {"a.txt": b"one"}, key="k")).json() != first.json()


async def test_moving_makes_way_and_takes_nobodys_place(ada: Visitor):
    one, two = await sent(ada, {"one": b"1", "two": b"2"})
    moved = await ada.http.patch(f"{FILES}/{one['id']}", json={"path": "new/place/uno"})
    assert (moved.json()["path"], moved.json()["id"]) == ("new/place/uno", one["id"])
    folder = (await ada.http.get(f"{FILES}/at", params={"path": "new"})).json()
    for id, path in ((two["id"], "new/place/uno"), (folder["id"], "two"), (folder["id"], "new/place/inside")):
        assert_problem(await ada.http.patch(f"{FILES}/{id}", json={"path": path}), 409, "conflict")
    assert_problem(await ada.http.post(f"{FILES}/folders", json={"path": "two/below"}), 409, "conflict")
    again = await ada.http.post(f"{FILES}/folders", json={"path": "new"})
    assert (again.status_code, again.json()["id"]) == (201, folder["id"])
    assert_problem(await ada.http.get(f"{FILES}/{folder['id']}/content"), 404)


async def test_a_deletion_is_undone_by_its_id(ada: Visitor):
    await sent(ada, {"a": b"1", "b": b"22"}, folder="f")
    folder = (await ada.http.get(f"{FILES}/at", params={"path": "f"})).json()
    at = f"{FILES}/{folder['id']}"
    assert_problem(await ada.http.delete(at), 409, "conflict")
    assert (await ada.http.delete(at, params={"recursive": True})).status_code == 204
    assert await listed(ada) == []
    assert_problem(await ada.http.delete(at, params={"recursive": True}), 404)

    (gone,) = (await ada.http.get(f"{FILES}/trash")).json()["deletions"]
    assert (gone["file"]["path"], gone["bytes"], gone["entries"]) == ("f", 3, 3)
    await ada.http.post(f"{FILES}/folders", json={"path": "f"})
    undo = f"{FILES}/trash/{folder['id']}/restore"
    assert_problem(await ada.http.post(undo), 409, "conflict")
    assert (await ada.http.post(undo, json={"path": "back"})).json()["path"] == "back"
    assert await listed(ada, folder="back") == ["back/a", "back/b"]
    assert_problem(await ada.http.post(undo), 404)


async def test_the_trash_is_paged_and_emptied(ada: Visitor):
    for file in await sent(ada, {name: b"1" for name in "abc"}):
        await ada.http.delete(f"{FILES}/{file['id']}")
    page = (await ada.http.get(f"{FILES}/trash", params={"limit": 2})).json()
    rest = (await ada.http.get(f"{FILES}/trash", params={"cursor": page["next_cursor"]})).json()
    assert [each["file"]["path"] for each in page["deletions"] + rest["deletions"]] == ["c", "b", "a"]
    assert rest["next_cursor"] is None
    one = rest["deletions"][0]["file"]["id"]
    assert (await ada.http.delete(f"{FILES}/trash/{one}")).status_code == 204
    assert_problem(await ada.http.delete(f"{FILES}/trash/{one}"), 404)
    assert (await ada.http.delete(f"{FILES}/trash")).status_code == 204
    assert (await ada.http.get(f"{FILES}/trash")).json()["deletions"] == []


async def found(ada: Visitor, **query: Any) -> Sequence[tuple[str, int | None, str | None]]:
    answer = await ada.http.get(f"{FILES}/search", params=query)
    assert answer.status_code == 200, answer.text
    return [(each["file"]["path"], each["line"], each["snippet"]) for each in answer.json()["matches"]]


async def test_names_and_texts_are_searched(ada: Visitor):
    await sent(ada, {"Budget.md": b"# Plan\n\nthe whole BUDGET of June\n", "b.bin": b"budget\0"}, folder="money")
    await sent(ada, {"other.txt": b"no money here: %_"})
    assert await found(ada, q="budget") == [
        ("money/Budget.md", None, None),
        ("money/Budget.md", 3, "the whole BUDGET of June"),
    ]
    assert await found(ada, q="budget", contents=False) == [("money/Budget.md", None, None)]
    assert await found(ada, q="%_") == [("other.txt", 1, "no money here: %_")]
    assert await found(ada, q=".*") == []
    assert [path for path, _, _ in await found(ada, q="money", folder="money")] == ["money/Budget.md", "money/b.bin"]
    assert_problem(await ada.http.get(f"{FILES}/search", params={"q": ""}), 422)
    assert_problem(await ada.http.get(f"{FILES}/search", params={"q": "x", "folder": "nowhere"}), 404)


async def test_a_search_that_stops_early_says_so(ada: Visitor):
    await sent(ada, {f"{number}.txt": b"needle\n" * 9 for number in range(4)})
    whole = (await ada.http.get(f"{FILES}/search", params={"q": "needle"})).json()
    assert (len(whole["matches"]), whole["complete"], whole["searched"]) == (20, True, 4)
    part = (await ada.http.get(f"{FILES}/search", params={"q": "needle", "limit": 3})).json()
    assert (len(part["matches"]), part["complete"]) == (3, False)


@pytest.mark.parametrize(
    ("data", "name", "shown", "how"),
    [
        (PNG, "a.html", "image/png", "inline"),
        (b"<script>alert(1)</script>", "a.png", "text/plain; charset=utf-8", "attachment"),
        (b"<svg onload='alert(1)'/>", "a.svg", "text/plain; charset=utf-8", "attachment"),
        (b"%PDF-1.7 \0", "a.pdf", "application/octet-stream", "attachment"),
        (b"", "empty", "text/plain; charset=utf-8", "attachment"),
    ],
    ids=["image", "script", "svg", "pdf", "empty"],
)
async def test_bytes_come_back_so_that_no_browser_runs_them(ada: Visitor, data: bytes, name: str, shown: str, how: str):
    (file,) = await sent(ada, {name: data})
    answer = await ada.http.get(f"{FILES}/{file['id']}/content")
    assert answer.content == data
    assert answer.headers["content-type"] == shown
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["content-disposition"].startswith(f"{how}; filename=")
    tag = answer.headers["etag"]
    assert (await ada.http.get(f"{FILES}/{file['id']}/content", headers={"If-None-Match": tag})).status_code == 304
    await sent(ada, {name: b"other"}, replace=True)
    changed = await ada.http.get(f"{FILES}/{file['id']}/content", headers={"If-None-Match": tag})
    assert (changed.status_code, changed.content) == (200, b"other")


async def test_a_name_in_any_script_makes_no_header_of_its_own(ada: Visitor):
    (file,) = await sent(ada, {"Grüße; a=b, 你好.txt": b"text"})
    told = (await ada.http.get(f"{FILES}/{file['id']}/content")).headers["content-disposition"]
    assert told.isascii()
    assert "filename*=UTF-8''Gr%C3%BC%C3%9Fe%3B%20a%3Db" in told


async def test_the_largest_file_is_taken_and_a_larger_one_is_413(ada: Visitor):
    (file,) = await sent(ada, {"largest": b"\0" * BOUNDS.file_bytes})
    assert file["size"] == BOUNDS.file_bytes
    assert_problem(await send(ada, {"larger": b"\0" * (BOUNDS.file_bytes + 1)}), 413, "too-large")
    assert_problem(await send(ada, {"far larger": b"\0" * MOST_UPLOADED}), 413, "too-large")
    assert await listed(ada) == ["largest"]


async def test_only_uploads_may_be_large(ada: Visitor, http: httpx.AsyncClient):
    body = b" " * (13 * MIB)
    for visitor, path in ((ada.http, f"{FILES}/folders"), (http, "/api/v1/auth/login")):
        assert_problem(await visitor.post(path, content=body), 413, "too-large")


async def test_over_the_quota_it_is_told_and_nothing_is_kept(services: Services, ada: Visitor):
    await fill(services, ada, BOUNDS.bytes - 10)
    told = assert_problem(await send(ada, {"a": b"12345", "b": b"123456"}), 422, "quota-spent")
    assert "1024 MiB" in told["detail"]
    assert await listed(ada) == ["large"]
    await sent(ada, {"a": b"12345", "b": b"12345"})
    usage = (await ada.http.get(f"{FILES}/usage")).json()
    assert usage["bytes"] == usage["most_bytes"] == BOUNDS.bytes
    assert (usage["entries"], usage["most_file_bytes"], usage["kept_days"]) == (3, 64 * MIB, 7)


async def test_uploads_without_files_or_with_too_many_are_refused(ada: Visitor):
    assert_problem(await ada.http.post(FILES), 422)
    assert_problem(await send(ada, {f"{number}": b"" for number in range(101)}), 400)
    twice = [("files", ("a", b"1")), ("files", ("b/a", b"2"))]
    assert_problem(await ada.http.post(FILES, files=twice), 422, "invalid")
    assert await listed(ada) == []


async def test_nobody_elses_files_are_listed_found_or_counted(ada: Visitor, bob: Visitor):
    (file,) = await sent(ada, {"secret.txt": b"a secret"}, folder="mine")
    assert await listed(bob) == []
    assert await found(bob, q="secret") == []
    assert (await bob.http.get(f"{FILES}/usage")).json()["entries"] == 0
    for path in ("mine", "mine/secret.txt"):
        theirs = await bob.http.get(f"{FILES}/at", params={"path": path})
        nothing = await bob.http.get(f"{FILES}/at", params={"path": path.replace("mine", "none")})
        assert_problem(theirs, 404)
        assert theirs.json()["title"] == nothing.json()["title"]
    assert_problem(await bob.http.get(FILES, params={"folder": "mine"}), 404)
    await ada.http.delete(f"{FILES}/{file['id']}")
    assert (await bob.http.get(f"{FILES}/trash")).json()["deletions"] == []
    assert_problem(await bob.http.post(f"{FILES}/trash/{file['id']}/restore"), 404)
    assert (await bob.http.delete(f"{FILES}/trash")).status_code == 204
    assert (await ada.http.post(f"{FILES}/trash/{file['id']}/restore")).status_code == 200


async def test_the_documentation_describes_every_route(door: FastAPI):
    described = door.openapi()["paths"]
    routes = [(path, method) for path, methods in described.items() for method in methods if path.startswith(FILES)]
    assert len(routes) == 22
    for path, method in routes:
        assert described[path][method]["description"], path
    assert "multipart/form-data" in described[FILES]["post"]["requestBody"]["content"]


async def test_an_id_that_is_none_is_422(ada: Visitor):
    assert_problem(await ada.http.get(f"{FILES}/not-an-id"), 422)
    assert_problem(await ada.http.get(f"{FILES}/{uuid4()}"), 404, "not-found")
