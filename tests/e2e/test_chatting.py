"""A person registers, talks, reloads, stops, branches, and does so on a phone too."""

import re

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.conftest import SHOTS
from tests.e2e.screen import SOON, Screen, counted
from tests.instance import Instance

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]


async def test_an_answer_streams_in_and_the_conversation_gets_a_title(screen: Screen):
    await screen.say("[[say The **gold** was always there.]]")
    await screen.reads("The gold was always there.")
    await expect(screen.page.locator("[data-answer] strong")).to_have_text("gold")
    await expect(screen.page.get_by_role("heading", level=1)).to_contain_text("gold", timeout=SOON)
    await screen.shoot("answer")


async def test_a_reload_in_the_middle_of_an_answer_shows_all_of_it_once(screen: Screen):
    await screen.say("[[speed 60]] [[count 400]]")
    await screen.begins(" 60 ")
    await screen.page.reload()
    await screen.begins(" 120 ")
    await screen.reads(counted(400))


async def test_a_stopped_answer_keeps_what_came(screen: Screen):
    await screen.say("[[speed 40]] [[count 2000]]")
    await screen.begins(" 20 ")
    await screen.stop_button.click()
    await screen.settles()
    await expect(screen.page.get_by_text("You stopped this answer.")).to_be_visible(timeout=SOON)
    kept = await screen.text_of_last()
    assert counted(2000).startswith(kept)
    await screen.page.reload()
    await expect(screen.answers.last).to_contain_text(" 20 ", timeout=SOON)
    assert await screen.text_of_last() == kept


async def test_an_edited_message_begins_a_branch_and_both_can_be_walked(screen: Screen):
    await screen.say("[[say the first way]]")
    await screen.reads("the first way")
    await screen.page.get_by_role("button", name="Edit message").click()
    editor = screen.page.get_by_role("textbox", name="Edit your message")
    await editor.fill("[[say the second way]]")
    await editor.press("Enter")
    await screen.begins("the second way")
    await screen.settles()
    await screen.page.get_by_role("button", name="Previous version").click()
    await screen.begins("the first way")
    await screen.page.reload()
    await screen.begins("the first way")
    await screen.shoot("branches")


async def test_a_failed_answer_says_why_and_can_be_tried_again(screen: Screen):
    await screen.say("[[say it went well]] [[fault cut after=2 times=1]]")
    await screen.page.get_by_role("button", name="Try again").click(timeout=SOON)
    await screen.begins("it went well")


async def test_tools_thinking_tables_code_and_maths_are_drawn(screen: Screen):
    await (
        screen.page.get_by_role("button", name="Thinking")
        .or_(screen.page.get_by_title("Think before answering"))
        .first.click()
    )
    shown = "| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nprint('gold')\n```\n\n$e^{i\\pi} + 1 = 0$\n"
    await screen.say(
        '[[think Let me see.]] [[tool calculator {"expression": "6*7"}]] [[tool get_current_time {}]] [[then]]'
        f"[[say {shown}]]"
    )
    await expect(screen.page.locator("[data-answer] table")).to_be_visible(timeout=SOON)
    await expect(screen.page.locator("[data-answer] .katex").first).to_be_visible(timeout=SOON)
    await expect(screen.page.locator("[data-answer] pre code")).to_contain_text("print", timeout=SOON)
    await screen.shoot("tools-code-maths")
    await expect(screen.answers.get_by_role("button", name=re.compile(", done"))).to_have_count(2)


async def test_two_tabs_show_the_same_stream_and_a_later_one_gets_the_whole(screen: Screen, browser: Browser):
    await screen.say("[[speed 50]] [[count 300]]")
    await screen.begins(" 20 ")
    second = Screen(await screen.page.context.new_page(), screen.url, shots=SHOTS)
    await second.page.goto(screen.page.url)
    await second.begins(" 40 ")
    context = await browser.new_context()
    third = Screen(await context.new_page(), screen.url, shots=SHOTS)
    await third.log_in(screen.mail)
    await third.page.goto(screen.page.url)
    for one in (screen, second, third):
        await one.reads(counted(300))
    await context.close()


async def test_it_is_usable_on_a_phone(instance: Instance, browser: Browser):
    context = await browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    phone = Screen(await context.new_page(), instance.url, shots=SHOTS)
    await phone.register()
    await phone.shoot("phone-new")
    await phone.say("[[say A long answer on a narrow screen: `" + "wide" * 60 + "`]]")
    await phone.begins("A long answer")
    await phone.settles()
    overflow = await phone.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0
    await phone.shoot("phone-answer")
    await phone.page.get_by_role("button", name="Open conversations").click()
    await expect(phone.page.get_by_role("searchbox").first).to_be_visible(timeout=SOON)
    await phone.shoot("phone-conversations")
    await context.close()
