"""Datasets over HTTP: made, filled from the workspace or by an upload, searched, emptied and deleted."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from sandbox.inline_pool import InlinePool
from sandbox.jail.jail import Jail
from serve.routes.datasets import the_runner
from tests.serve.visitors import Visitor, assert_problem

DATASETS = "/api/v1/datasets"
HERBS = f"{DATASETS}/herbs"
PAGES = b"Basil wants warmth.\fMint wants water."
JAIL = Jail()


@pytest.fixture(autouse=True)
async def jails(door: FastAPI) -> AsyncIterator[None]:
    """Documents are parsed in jails without Ray."""
    async with InlinePool(JAIL, warm=0) as pool:

        async def ours() -> InlinePool:
            return pool

        door.dependency_overrides[the_runner] = ours
        yield


async def test_a_dataset_is_made_filled_searched_and_deleted(ada: Visitor):
    made = await ada.http.post(DATASETS, json={"name": "herbs", "description": "What grows"})
    assert (made.status_code, made.json()) == (201, {"name": "herbs", "created": True})

    uploaded = await ada.http.post(f"{HERBS}/sources", files={"file": ("herbs.txt", PAGES)})
    assert uploaded.status_code == 201, uploaded.text
    assert uploaded.json() == {"source": "herbs.txt", "pages": 2, "passages": 2, "replaced": 0}
    await ada.http.post("/api/v1/files", files=[("files", ("page.html", b"<h1>Sage</h1><p>It likes sun."))])
    taken = await ada.http.post(f"{HERBS}/sources/from-workspace", json={"path": "page.html"})
    assert taken.json() == {"source": "page.html", "pages": None, "passages": 1, "replaced": 0}

    found = (await ada.http.post(f"{HERBS}/query", json={"query": "Who wants water?"})).json()
    assert [(hit["source"], hit["page"]) for hit in found["hits"]][:1] == [("herbs.txt", 2)]
    assert (found["model"], found["hits"][0]["found_by"]) == ("words", ["words"])
    listed = (await ada.http.get(f"{HERBS}/sources")).json()["sources"]
    assert [(one["source"], one["passages"]) for one in listed] == [("herbs.txt", 2), ("page.html", 1)]

    assert (await ada.http.delete(f"{HERBS}/sources", params={"source": "page.html"})).status_code == 204
    assert_problem(await ada.http.delete(f"{HERBS}/sources", params={"source": "page.html"}), 404)
    (only,) = (await ada.http.get(DATASETS)).json()["datasets"]
    assert (only["name"], only["passages"], only["vectors"]) == ("herbs", 2, 0)
    assert (await ada.http.delete(HERBS)).status_code == 204
    assert_problem(await ada.http.delete(HERBS), 404, "dataset-missing")


async def test_what_cannot_be_read_is_a_problem_of_the_request(ada: Visitor):
    await ada.http.post(DATASETS, json={"name": "herbs"})
    for name, content in (("a.pdf", b"%PDF-1.7\nbroken"), ("a.docx", b"no archive"), ("a.zip", b"PK\x03\x04")):
        told = assert_problem(await ada.http.post(f"{HERBS}/sources", files={"file": (name, content)}), 422, "invalid")
        assert "'a." in told["detail"]
    missing = await ada.http.post(f"{HERBS}/sources/from-workspace", json={"path": "none.txt"})
    assert_problem(missing, 404)


@pytest.mark.parametrize("name", ["", "..", "a/b", "x" * 101, "a\nb"])
async def test_a_name_that_is_no_part_of_an_address_is_refused(ada: Visitor, name: str):
    assert_problem(await ada.http.post(DATASETS, json={"name": name}), 422)


async def test_a_dataset_of_the_same_name_is_each_person_s_own(ada: Visitor, bob: Visitor):
    for visitor in (ada, bob):
        await visitor.http.post(DATASETS, json={"name": "herbs"})
    await ada.http.post(f"{HERBS}/sources", files={"file": ("herbs.txt", PAGES)})
    assert (await bob.http.post(f"{HERBS}/query", json={"query": "basil"})).json()["hits"] == []
    assert len((await ada.http.post(f"{HERBS}/query", json={"query": "basil"})).json()["hits"]) == 1
