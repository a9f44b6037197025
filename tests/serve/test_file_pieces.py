"""Files in pieces over HTTP: up with offsets and checksums, down by ranges."""

import hashlib
from typing import Any

import pytest

from tests.serve.visitors import Visitor, assert_problem
from village.workspace.entries import BOUNDS

UPLOADS = "/api/v1/files/uploads"
DATA = bytes(range(256)) * 20


async def begun(ada: Visitor, **more: Any) -> str:
    answer = await ada.http.post(UPLOADS, json={"path": "f.bin", "size": len(DATA), **more})
    assert answer.status_code == 201, answer.text
    return f"{UPLOADS}/{answer.json()['id']}"


async def test_a_file_comes_in_pieces_and_goes_on_where_it_was(ada: Visitor):
    upload = await begun(ada, sha256=hashlib.sha256(DATA).hexdigest())
    told = await ada.http.put(upload, params={"offset": 0}, content=DATA[:3000])
    assert told.json()["received"] == 3000
    assert told.json()["most_piece_bytes"] == BOUNDS.piece_bytes
    assert_problem(await ada.http.put(upload, params={"offset": 0}, content=DATA[:3000]), 409, "wrong-offset")
    assert_problem(await ada.http.post(f"{upload}/complete"), 409, "conflict")
    digest = {"sha256": hashlib.sha256(b"other").hexdigest()}
    wrong = await ada.http.put(upload, params={"offset": 3000, **digest}, content=DATA[3000:])
    assert_problem(wrong, 422, "wrong-checksum")

    received = (await ada.http.get(upload)).json()["received"]
    await ada.http.put(upload, params={"offset": received}, content=DATA[received:])
    file = (await ada.http.post(f"{upload}/complete")).json()

    assert (await ada.http.get(f"/api/v1/files/{file['id']}/content")).content == DATA
    assert_problem(await ada.http.get(upload), 404)


async def test_what_is_too_large_or_given_up_is_told(ada: Visitor):
    too_large = await ada.http.post(UPLOADS, json={"path": "f", "size": BOUNDS.file_bytes + 1})
    assert_problem(too_large, 413)
    upload = await begun(ada, size=BOUNDS.file_bytes)
    assert_problem(await ada.http.put(upload, content=b"x" * (BOUNDS.piece_bytes + 1)), 413, "too-large")
    assert (await ada.http.delete(upload)).status_code == 204
    assert_problem(await ada.http.put(upload, content=b"x"), 404)


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, len(DATA)),
        ("bytes=-10", len(DATA) - 10, len(DATA)),
        ("bytes=5-5", 5, 6),
        ("bytes=0-999999", 0, len(DATA)),
        ("bytes=-999999", 0, len(DATA)),
    ],
)
async def test_a_part_is_given_as_it_was_asked_for(ada: Visitor, asked: str, start: int, end: int):
    address = await kept(ada)
    part = await ada.http.get(address, headers={"Range": asked})
    assert (part.status_code, part.content) == (206, DATA[start:end])
    assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{len(DATA)}"
    assert part.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize("asked", [f"bytes={len(DATA)}-", "bytes=99999-100000", "bytes=-0"])
async def test_where_nothing_lies_it_is_416(ada: Visitor, asked: str):
    nothing = await ada.http.get(await kept(ada), headers={"Range": asked})
    assert (nothing.status_code, nothing.content) == (416, b"")
    assert nothing.headers["content-range"] == f"bytes */{len(DATA)}"


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=-", "lines=1-2", "bytes=0-1,5-6", "bytes=a-b", ""])
async def test_what_is_no_part_is_answered_with_all(ada: Visitor, asked: str):
    whole = await ada.http.get(await kept(ada), headers={"Range": asked})
    assert (whole.status_code, whole.content) == (200, DATA)


async def test_a_part_of_what_has_changed_is_the_whole(ada: Visitor):
    address = await kept(ada)
    tag = (await ada.http.get(address)).headers["etag"]
    same = await ada.http.get(address, headers={"Range": "bytes=0-1", "If-Range": tag})
    other = await ada.http.get(address, headers={"Range": "bytes=0-1", "If-Range": '"other"'})
    assert (same.status_code, other.status_code) == (206, 200)


async def test_a_part_of_an_image_is_called_an_image_wherever_it_begins(ada: Visitor):
    png = b"\x89PNG\r\n\x1a\n" + b"\0" * 50
    answer = await ada.http.post("/api/v1/files", files=[("files", ("a.png", png))])
    address = f"/api/v1/files/{answer.json()['files'][0]['id']}/content"
    part = await ada.http.get(address, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.headers["content-type"], len(part.content)) == (206, "image/png", 10)


async def kept(ada: Visitor) -> str:
    """The address of a file with these bytes."""
    answer = await ada.http.post("/api/v1/files", files=[("files", ("f.bin", DATA))])
    return f"/api/v1/files/{answer.json()['files'][0]['id']}/content"
