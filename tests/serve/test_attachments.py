"""Attachments: recognised by their bytes, given back harmless, and nobody else's."""

from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from cluster.services import Services
from serve.file_kinds import clean_name
from tests.serve.visitors import Visitor, assert_problem

ATTACHMENTS = "/api/v1/chat/attachments"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
KIB = 1024


async def send(ada: Visitor, data: bytes, name: str = "file", **headers: str) -> httpx.Response:
    return await ada.http.post(ATTACHMENTS, files={"file": (name, data, "image/svg+xml")}, headers=headers)


def kept_files(services: Services) -> list[Path]:
    """Where bytes lie in the object storage."""
    assert services.settings.objects_url is not None
    root = Path(services.settings.objects_url.removeprefix("file://"))
    return [path.relative_to(root) for path in root.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("data", "name", "kind", "media_type"),
    [
        (PNG, "a.txt", "image", "image/png"),
        (b"\xff\xd8\xff\xe0rest", "a.jpg", "image", "image/jpeg"),
        (b"GIF89a rest", "a.gif", "image", "image/gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "a.webp", "image", "image/webp"),
        (b"%PDF-1.7 rest\x00\xff", "a.pdf", "document", "application/pdf"),
        ("Grüße".encode(), "a.md", "text", "text/markdown"),
        (b"<svg onload='alert(1)'/>", "a.svg", "text", "text/plain"),
        (b"<script>alert(1)</script>", "a.html", "text", "text/plain"),
    ],
    ids=["png", "jpeg", "gif", "webp", "pdf", "markdown", "svg", "html"],
)
async def test_a_file_is_what_its_bytes_say(ada: Visitor, data: bytes, name: str, kind: str, media_type: str):
    answer = await send(ada, data, name)
    assert answer.status_code == 201, answer.text
    attachment = answer.json()
    assert (attachment["kind"], attachment["media_type"]) == (kind, media_type)
    assert (attachment["name"], attachment["size"]) == (name, len(data))
    content = await ada.http.get(f"{ATTACHMENTS}/{attachment['id']}/content")
    assert content.content == data
    shown = "text/plain; charset=utf-8" if kind == "text" else media_type
    assert content.headers["content-type"] == shown
    assert content.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in content.headers["content-security-policy"]
    assert content.headers["content-disposition"].startswith("inline" if kind == "image" else "attachment")


async def test_a_browser_that_has_the_file_does_not_get_it_again(ada: Visitor):
    path = f"{ATTACHMENTS}/{(await send(ada, PNG)).json()['id']}/content"
    etag = (await ada.http.get(path)).headers["etag"]
    assert (await ada.http.get(path, headers={"If-None-Match": etag})).status_code == 304


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 422),
        (b"\xff\xfe not utf-8", 422),
        (b"zeros \0 inside", 422),
        (b"a" * (512 * KIB + 1), 413),
        (PNG + b"\0" * (5 * KIB * KIB), 413),
        (b"%PDF-" + b"\0" * (10 * KIB * KIB), 413),
    ],
    ids=["empty", "not UTF-8", "binary", "long text", "large image", "large PDF"],
)
async def test_what_no_model_could_read_is_refused(services: Services, ada: Visitor, data: bytes, status: int):
    assert_problem(await send(ada, data), status)
    assert kept_files(services) == []


async def test_largest_files_are_taken(ada: Visitor):
    for data in (b"a" * (512 * KIB), PNG.ljust(5 * KIB * KIB), b"%PDF-".ljust(10 * KIB * KIB)):
        assert (await send(ada, data)).status_code == 201


async def test_sent_twice_with_one_key_it_is_one_attachment(ada: Visitor):
    first = await send(ada, PNG, **{"Idempotency-Key": "k"})
    second = await send(ada, PNG, **{"Idempotency-Key": "k"})
    assert first.json() == second.json()
    assert_problem(await send(ada, b"another", **{"Idempotency-Key": "k"}), 409, "conflict")
    again = await ada.http.get(f"{ATTACHMENTS}/{first.json()['id']}/content")
    assert again.content == PNG


async def test_one_key_of_two_people_makes_two_attachments(ada: Visitor, bob: Visitor):
    hers = (await send(ada, b"hers", **{"Idempotency-Key": "k"})).json()
    his = (await send(bob, b"his", **{"Idempotency-Key": "k"})).json()
    assert hers["id"] != his["id"]


async def test_the_bytes_lie_under_their_owner(services: Services, ada: Visitor):
    await send(ada, PNG)
    (path,) = kept_files(services)
    assert path.parts[:2] == ("users", ada.tokens["user"]["id"])


async def test_somebody_elses_attachment_is_not_there(ada: Visitor, bob: Visitor):
    attachment = (await send(ada, PNG)).json()["id"]
    theirs = await bob.http.get(f"{ATTACHMENTS}/{attachment}/content")
    nothing = await bob.http.get(f"{ATTACHMENTS}/{uuid4()}/content")
    assert_problem(theirs, 404, "not-found")
    assert theirs.json() == nothing.json()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ada\\notes.txt", "notes.txt"),
        ("a\r\nSet-Cookie: b.txt", "aSet-Cookie: b.txt"),
        ("\u202egnp.exe", "gnp.exe"),
        ("..", "file"),
        ("", "file"),
        (None, "file"),
        ("a" * 300 + ".pdf", "a" * 196 + ".pdf"),
        ("Grüße 你好.md", "Grüße 你好.md"),
    ],
)
def test_a_name_is_kept_without_its_tricks(sent: str | None, kept: str):
    assert clean_name(sent) == kept


async def test_a_name_in_any_script_comes_back(ada: Visitor):
    attachment = (await send(ada, b"text", 'Grüße "你好".md')).json()
    answer = await ada.http.get(f"{ATTACHMENTS}/{attachment['id']}/content")
    told = answer.headers["content-disposition"]
    assert told.isascii()
    assert "filename*=UTF-8''Gr%C3%BC%C3%9Fe" in told
