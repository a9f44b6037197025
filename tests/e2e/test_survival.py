"""Processes are killed in the middle of an answer, and the page goes on by itself."""

import re

import pytest

from tests.e2e.screen import Screen, counted
from tests.instance import Instance

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]


def kill(instance: Instance, word: str) -> int:
    """Kill every process with this in its title. Answers how many there were."""
    found = instance.named(word)
    for process in found:
        process.kill()
    return len(found)


async def test_an_answer_survives_the_death_of_its_host(instance: Instance, screen: Screen):
    await screen.say("[[speed 50]] [[count 400]]")
    await screen.begins(" 40 ")
    assert kill(instance, "ray::RayHost") >= 1
    await screen.reads(counted(400))


async def test_finished_tools_are_not_run_again_after_the_death_of_a_host(instance: Instance, screen: Screen):
    await screen.say('[[tool memory_store {"key": "colour", "value": "gold"}]] [[then]] [[speed 50]] [[count 300]]')
    await screen.begins(" 30 ")
    assert kill(instance, "ray::RayHost") >= 1
    await screen.reads(counted(300))
    assert await screen.answers.get_by_role("button", name=re.compile(", done")).count() == 1
    assert await screen.page.get_by_text("interrupted").count() == 0


async def test_the_page_goes_on_when_the_gateway_dies(instance: Instance, screen: Screen):
    await screen.say("[[speed 50]] [[count 500]]")
    await screen.begins(" 40 ")
    assert kill(instance, "Gateway") >= 1
    await screen.reads(counted(500))
