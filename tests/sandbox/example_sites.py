"""The sites that the examples of the web tools speak of, standing on the loopback."""

import orjson

from sandbox.egress.web import Search, Web
from tests.sandbox.internet import Internet, answer

PAGE = b"""<title>Example</title><nav>Menu</nav><h1>Example</h1>
<p>A page to try <b>things</b>
 with. <a href="/more#top">More</a></p><script>document.title = "no"</script>"""
FORM = b"""<!doctype html><html lang="en"><title>Form</title><link rel="icon" href="data:,"><h1>A form</h1>
<label>Name <input id="name" name="name"></label>
<select id="kind"><option value="1">First<option value="2">Second</select><input id="file" type="file">
<button id="more" onclick="this.textContent = 'clicked'">More</button>
<button id="ask" onclick="document.title = confirm('Sure?') ? 'Form' : 'No'">Ask</button>
<p id="card" draggable="true" ondragstart="event.dataTransfer.setData('text', 'card')">Card</p>
<p id="place" ondragover="event.preventDefault()"
 ondrop="this.textContent = event.dataTransfer.getData('text')">Place</p>
<script>console.log('opened')</script></html>"""
FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>News</title><item><title>First</title>
<link>http://example.org/first</link><pubDate>Mon, 23 Nov 2026 10:00:00 GMT</pubDate>
<description>&lt;p&gt;It begins.&lt;/p&gt;</description></item></channel></rss>"""
RESULTS = {"results": [{"title": "Example", "url": "http://example.org/", "content": "A page to try things with."}]}


async def example_web(internet: Internet) -> Web:
    """A small internet with a search engine."""
    pages = {
        "/": answer(PAGE),
        "/form": answer(FORM),
        "/data.csv": answer(b"a,b\n1,2\n", kind="text/csv"),
        "/feed.xml": answer(FEED, kind="application/rss+xml"),
    }
    await internet.site("example.org", pages)
    found = {"/search": answer(orjson.dumps(RESULTS), kind="application/json")}
    await internet.site("searx.org", found, port=8080)
    search = Search(provider="searxng", url="http://searx.org:8080")
    return Web(guard=internet.guard(), search=search)
