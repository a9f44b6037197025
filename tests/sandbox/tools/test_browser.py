"""The browser tools on a real Chromium in a real jail, before an internet of loopback servers."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from typing import Any, cast

import pytest

from cluster.ids import ConversationId, UserId, new_id
from sandbox.egress.errors import EgressRefused
from sandbox.errors import ToolFailed
from sandbox.jail.jail import Jail
from sandbox.registry import Toolset
from sandbox.tool import ToolContext
from sandbox.tools.browser import chromium
from sandbox.tools.browser.browser import Browser
from sandbox.tools.browser.inline import InlineBrowsers
from sandbox.tools.browser.tab import LOAD_SECONDS
from sandbox.tools.browser.tools_sessions import BROWSER_TOOLS
from tests.sandbox.example_sites import example_web
from tests.sandbox.internet import Internet, answer
from tests.sandbox.memory_files import MemoryFiles

JAIL = Jail()
TOOLS = Toolset(BROWSER_TOOLS)
FORM = "http://example.org/form"

Shown = Mapping[str, Any]


@pytest.fixture
async def internet() -> AsyncGenerator[Internet]:
    """With the sites of the examples."""
    async with Internet() as internet:
        yield internet


@pytest.fixture
async def online(context: ToolContext, internet: Internet) -> AsyncGenerator[ToolContext]:
    """A conversation before that internet, whose browsers end with the test."""
    web = await example_web(internet)
    async with InlineBrowsers(JAIL, web.guard) as browsers:
        yield replace(context, web=web, browsers=browsers, conversation=ConversationId(new_id()))


async def run(context: ToolContext, name: str, **arguments: Any) -> Shown:
    tool = TOOLS.find(f"browser_{name}")
    assert tool is not None
    return cast("Shown", await tool.run(context, arguments))


async def value(context: ToolContext, script: str) -> Any:
    return (await run(context, "evaluate", script=script))["data"]


async def crash(browser: Browser) -> None:
    await browser.tab().send("Browser.crash")


async def itself(browser: Browser) -> Browser:
    return browser


def test_all_the_names_that_prompts_know_are_there():
    names = {tool.name.removeprefix("browser_") for tool in BROWSER_TOOLS}
    known = (
        "connect disconnect navigate new_tab close_tab list_tabs select_tab wait_for click fill fill_form press_key "
        "hover drag upload_file handle_dialog screenshot snapshot evaluate console_messages get_console_message "
        "network_requests network_request perf_start perf_stop perf_analyze emulate resize scrape pdf session action"
    )
    assert names == set(known.split())


async def test_a_form_is_filled_by_hand(online: ToolContext, files: MemoryFiles):
    files.contents["notes.txt"] = b"hello"
    assert (await run(online, "navigate", url=FORM))["title"] == "Form"
    await run(online, "fill_form", fields={"#name": 'A "quoted" name', "#kind": "Second"})
    assert await value(online, "document.querySelector('#name').value") == 'A "quoted" name'
    assert await value(online, "document.querySelector('#kind').value") == "2"
    await run(online, "click", selector="#more")
    assert await value(online, "document.querySelector('#more').textContent") == "clicked"
    await run(online, "upload_file", selector="#file", file_path="notes.txt")
    assert await value(online, "document.querySelector('#file').files[0].text()") == "hello"
    await run(online, "drag", source_selector="#card", target_selector="#place")
    assert await value(online, "document.querySelector('#place').textContent") == "card"
    await run(online, "click", selector="#name")
    await run(online, "press_key", key="Control+A")
    await run(online, "press_key", key="x")
    assert await value(online, "document.querySelector('#name').value") == "x"


async def test_a_dialog_stops_the_page_until_it_is_answered(online: ToolContext):
    await run(online, "navigate", url=FORM)
    assert (await run(online, "click", selector="#ask"))["dialog"] == {"type": "confirm", "message": "Sure?"}
    with pytest.raises(ToolFailed, match="A dialog is open"):
        await run(online, "evaluate", script="1")
    async with asyncio.timeout(LOAD_SECONDS / 2):  # it does not wait for a dialog that has gone already
        assert (await run(online, "handle_dialog", action="dismiss"))["title"] == "No"
    with pytest.raises(ToolFailed, match="No dialog"):
        await run(online, "handle_dialog")


async def test_a_link_is_followed(online: ToolContext, internet: Internet):
    await internet.site("links.org", {"/": answer(b"<a href=/next>go</a>"), "/next": answer(b"<title>Next</title>")})
    await run(online, "navigate", url="http://links.org/")
    assert (await run(online, "click", selector="a"))["title"] == "Next"


async def test_tabs_open_and_close_also_by_the_page(online: ToolContext):
    await run(online, "navigate", url=FORM)
    assert (await run(online, "new_tab"))["page_id"] == 2
    await run(online, "select_tab", page_id="1")
    await run(online, "evaluate", script="void window.open('/form')")
    await run(online, "evaluate", script="new Promise((done) => setTimeout(done, 300))")
    listed = await run(online, "list_tabs")
    assert [tab["page_id"] for tab in listed["tabs"]] == [1, 2, 3]
    assert (await run(online, "close_tab", page_id="1"))["current"] == 2
    with pytest.raises(ToolFailed, match="no tab 1; the tabs are: 2, 3"):
        await run(online, "select_tab", page_id=1)


async def test_what_is_seen_becomes_files(online: ToolContext, files: MemoryFiles):
    await run(online, "navigate", url=FORM)
    await run(online, "screenshot", full_page=True, save_to="page.png")
    await run(online, "screenshot", selector="#more", save_to="button.png")
    await run(online, "pdf", filename="page.pdf")
    assert files.contents["page.png"].startswith(b"\x89PNG")
    assert files.contents["page.pdf"].startswith(b"%PDF")
    assert len(files.contents["button.png"]) < len(files.contents["page.png"])


async def test_a_snapshot_says_what_can_be_clicked(online: ToolContext):
    await run(online, "navigate", url=FORM)
    seen = await run(online, "snapshot")
    assert "heading 'A form'" in seen["text"]
    assert {"selector": "#more", "kind": "button:submit", "text": "More"} in seen["elements"]


async def test_the_console_and_the_requests_can_be_read(online: ToolContext):
    await run(online, "navigate", url=FORM)
    await run(online, "evaluate", script="console.warn('careful', {a: 1}); setTimeout(() => nothing(), 0); 1")
    await run(online, "evaluate", script="fetch('/data.csv').then((answer) => answer.text())")
    messages = (await run(online, "console_messages"))["messages"]
    texts = [entry["text"] for entry in messages]
    assert texts[0] == "opened"
    assert "careful Object" in texts
    assert any("nothing is not defined" in entry["text"] for entry in messages)
    request = next(r for r in (await run(online, "network_requests"))["requests"] if r["url"].endswith("data.csv"))
    assert request["status"] == 200
    assert (await run(online, "network_request", request_id=str(request["id"])))["body"] == "a,b\n1,2\n"


async def test_what_takes_long_is_waited_for(online: ToolContext):
    await run(online, "navigate", url=FORM)
    late = "setTimeout(() => document.body.insertAdjacentHTML('beforeend', '<b id=late>here</b>'), 300); 1"
    await run(online, "evaluate", script=late)
    assert (await run(online, "wait_for", selector="#late"))["success"]
    assert (await run(online, "wait_for", text="here"))["success"]
    with pytest.raises(ToolFailed, match="Nothing is visible by '#never'"):
        await run(online, "wait_for", selector="#never", timeout=100)
    with pytest.raises(ToolFailed, match="not a valid selector"):
        await run(online, "wait_for", selector="!!", timeout=100)


INSIDE = (
    "http://127.0.0.1:8080/",
    "http://10.0.0.1/",
    "http://169.254.169.254/latest/",
    "http://[::1]/",
    "http://2130706433/",
)


@pytest.mark.parametrize("url", [*INSIDE, "file:///etc/passwd", "chrome://version", "data:text/html,x", "javascript:1"])
async def test_an_address_that_is_not_public_is_not_opened(url: str, online: ToolContext, internet: Internet):
    arguments = {"url": url}
    if url.startswith("http") and "2130706433" not in url:
        await run(online, "navigate", **arguments)
        said = await value(online, "document.body.innerText")
        assert "not on the public web" in said
    else:
        with pytest.raises(EgressRefused):
            await run(online, "navigate", **arguments)
    assert internet.dialled == []


async def test_a_page_reaches_nothing_within(online: ToolContext, internet: Internet):
    """Its scripts, pictures, frames, sockets and redirects go by the same guard."""
    page = b"""<title>Evil</title><img src="http://127.0.0.1:8080/x.png"><iframe src="http://10.0.0.1/"></iframe>
    <iframe src="file:///etc/passwd"></iframe>"""
    moved = answer(status="302 Found", Location="http://169.254.169.254/latest/")
    await internet.site("evil.org", {"/": answer(page), "/moved": moved})
    internet.name("rebind.org", ["127.0.0.1"])
    await run(online, "navigate", url="http://evil.org/")
    before = set(internet.dialled)
    script = """Promise.allSettled([
      ...['http://127.0.0.1:8080/', 'http://rebind.org/', '/moved', 'file:///etc/passwd', 'http://localhost:3128/']
        .map((url) => fetch(url, { mode: 'no-cors' }).then((answer) => answer.status || answer.type)),
      new Promise((good, bad) => {
        const socket = new WebSocket('ws://127.0.0.1:8080/'); socket.onopen = good; socket.onerror = bad }),
    ]).then((all) => all.map((one) => one.status === 'fulfilled' && one.value !== 'opaque'))"""
    assert await value(online, script) == [False] * 6
    assert {address for address, _ in internet.dialled} == {address for address, _ in before}
    assert await value(online, "frames.length") == 2
    seen = await run(online, "network_requests")
    assert all(request.get("status") in (None, 200, 302, 403, 404) for request in seen["requests"])
    assert "root:" not in str(await run(online, "snapshot"))


async def test_a_browser_belongs_to_its_conversation(online: ToolContext):
    await run(online, "navigate", url=FORM)
    await run(online, "evaluate", script="document.cookie = 'a=1; path=/'")
    other = replace(online, conversation=ConversationId(new_id()))
    await run(other, "navigate", url=FORM)
    assert await value(other, "document.cookie") == ""
    assert (await run(online, "session", action="list"))["count"] == 2
    third = replace(online, conversation=ConversationId(new_id()))
    with pytest.raises(ToolFailed, match="2 browsers open"):
        await run(third, "navigate", url=FORM)
    listed = (await run(online, "session", action="list"))["sessions"]
    theirs = next(session for session in listed if not session["here"])
    assert (await run(online, "action", session_id=theirs["session_id"]))["title"] == "Form"
    await run(online, "session", action="close", session_id=theirs["session_id"])
    assert (await run(online, "session", action="list"))["count"] == 1


async def test_browsers_that_start_at_once_are_counted(online: ToolContext):
    conversations = [replace(online, conversation=ConversationId(new_id())) for _ in range(3)]
    runs = [run(each, "navigate", url=FORM) for each in conversations]
    came = await asyncio.gather(*runs, return_exceptions=True)
    assert sorted(type(each).__name__ for each in came) == ["ToolFailed", "dict", "dict"]
    assert (await run(online, "session", action="list"))["count"] == 2


async def test_nobody_sees_another_persons_browser(online: ToolContext):
    await run(online, "navigate", url=FORM)
    session = (await run(online, "session", action="list"))["sessions"][0]
    stranger = replace(online, user=UserId(new_id()))
    assert (await run(stranger, "session", action="list"))["count"] == 0
    with pytest.raises(ToolFailed, match="no such browser"):
        await run(stranger, "action", session_id=session["session_id"])


async def test_a_browser_that_is_gone_is_started_again(online: ToolContext):
    await run(online, "navigate", url=FORM)
    session = (await run(online, "session", action="list"))["sessions"][0]
    with pytest.raises(ToolFailed):
        await online.browsers.do((online.user, online.conversation), crash)
    assert (await run(online, "navigate", url=FORM))["page_id"] == 1
    assert (await run(online, "session", action="list"))["sessions"][0]["session_id"] != session["session_id"]


async def test_a_browser_that_nobody_uses_ends(context: ToolContext, internet: Internet):
    web = await example_web(internet)
    async with InlineBrowsers(JAIL, web.guard, idle_seconds=0.3) as browsers:
        online = replace(context, web=web, browsers=browsers)
        await run(online, "navigate", url=FORM)
        browser = await browsers.do((online.user, online.conversation), itself)
        await browser.ended()
        assert await browsers.of_user(online.user) == []


async def test_without_a_browser_the_tools_say_so(online: ToolContext, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(chromium, "find_chromium", lambda: None)
    with pytest.raises(ToolFailed, match="Chromium is not installed"):
        await run(online, "navigate", url=FORM)


async def test_speed_is_judged(online: ToolContext):
    await run(online, "navigate", url=FORM)
    await run(online, "perf_start")
    measured = (await run(online, "perf_stop"))["data"]
    assert measured["url"] == FORM
    assert measured["load"] > 0
    judged = (await run(online, "perf_analyze"))["data"]
    assert set(judged) == {"lcp", "cls", "inp", "resources"}
    assert judged["cls"]["rating"] == "good"


async def test_a_browser_can_be_a_phone(online: ToolContext):
    await run(online, "connect", viewport="1000x700")
    await run(online, "navigate", url=FORM)
    assert await value(online, "innerWidth") == 1000
    await run(online, "emulate", device="iphone")
    assert await value(online, "[screen.width, navigator.userAgent.includes('iPhone')]") == [393, True]
    await run(online, "resize", width=640, height=480)
    assert await value(online, "[innerWidth, innerHeight]") == [640, 480]
