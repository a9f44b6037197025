"""Deltas are joined, in order, and none waits long."""

import asyncio

from actors.session.deltas import MOST, Deltas, Kind


async def test_the_first_goes_at_once_and_the_rest_within_the_window() -> None:
    published: list[tuple[Kind, str]] = []
    arrived = asyncio.Event()

    def publish(kind: Kind, text: str) -> None:
        published.append((kind, text))
        if "c" in text:
            arrived.set()

    deltas = Deltas(publish)
    for piece in "abc":
        deltas.add("text", piece)

    assert published == [("text", "a")]
    async with asyncio.timeout(1):
        await arrived.wait()
    assert published == [("text", "a"), ("text", "bc")]


async def test_a_change_of_kind_keeps_the_order() -> None:
    published: list[tuple[Kind, str]] = []
    deltas = Deltas(lambda kind, text: published.append((kind, text)))

    deltas.add("thinking", "a")
    deltas.add("thinking", "b")
    deltas.add("text", "c")
    deltas.flush()

    assert published == [("thinking", "a"), ("thinking", "b"), ("text", "c")]


async def test_many_at_once_go_in_bounded_pieces() -> None:
    published: list[str] = []
    deltas = Deltas(lambda _, text: published.append(text))

    for _ in range(1 + MOST * 2):
        deltas.add("text", "x")

    assert [len(text) for text in published] == [1, MOST, MOST]
