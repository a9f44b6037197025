# pyright: basic
"""Reads what came from the web: the text, the links and the entries of a page that strangers wrote.

The page lies in the file `page`, as bytes.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from bs4.dammit import EncodingDetector
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - compiled, without stubs

from sandbox.programs.refusal import Refused

PAGE = "page"
SILENT = ("script", "style", "noscript", "template", "svg", "canvas", "iframe", "object", "select", "button", "dialog")
BESIDE = ("nav", "footer", "aside")
"""Parts of a page that are not what it is about."""
BLOCKS = frozenset(
    "address article aside blockquote body br dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 "
    "h5 h6 header hr li main nav ol p pre section summary table td th title tr ul".split()
)
HEADINGS = {f"h{level}": "#" * level for level in range(1, 7)}
ENOUGH = 200
"""Characters that make a `main` or `article` the page's own text."""
LONGEST_TITLE, LONGEST_SUMMARY = 300, 500
FEED_ENTRIES = ("item", "entry")


def text(kind: str, charset: str, limit: int) -> dict[str, object]:
    """Title, description and readable text of a page."""
    content = Path(PAGE).read_bytes()
    if "html" not in kind:
        plain = _decoded(content, charset)
        return {"title": None, "text": plain[:limit], "truncated": len(plain) > limit}
    root = _root(_decoded(content, charset or _declared(content)))
    if root is None:
        return {"title": None, "text": "", "truncated": False}
    title, description = _line(root.findtext(".//title") or "")[:LONGEST_TITLE], _description(root)
    readable = _readable(root)
    told = {"title": title or None, "text": readable[:limit], "truncated": len(readable) > limit}
    return {**told, "description": description} if description else told


def source(charset: str, limit: int) -> dict[str, object]:
    """The page as it was written."""
    plain = _decoded(Path(PAGE).read_bytes(), charset)
    return {"title": None, "text": plain[:limit], "truncated": len(plain) > limit}


def links(charset: str, url: str, contains: str, limit: int) -> dict[str, object]:
    """Where a page leads, each address once, as far as it holds the words in its address or text."""
    soup = _soup(Path(PAGE).read_bytes(), charset)
    base = soup.find("base", href=True)
    root = urljoin(url, str(base["href"])) if isinstance(base, Tag) else url
    found: dict[str, str] = {}
    for anchor in soup.find_all("a", href=True):
        try:
            address = urljoin(root, str(anchor["href"]).strip()).partition("#")[0]
        except ValueError:
            continue
        words = _line(anchor.get_text(" "))[:LONGEST_TITLE]
        if address.startswith(("http://", "https://")) and contains.lower() in f"{address} {words}".lower():
            found[address] = found.get(address) or words
    listed = [{"url": address, "text": words} for address, words in list(found.items())[:limit]]
    return {"title": _title(soup), "links": listed, "total": len(found)}


def feed(url: str, limit: int) -> dict[str, object]:
    """The entries of an RSS or Atom feed."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    root = etree.fromstring(Path(PAGE).read_bytes(), parser)
    if root is None or _name(root) not in ("rss", "feed", "RDF"):
        raise Refused("This is not an RSS or Atom feed.")
    channel = next((child for child in root if _name(child) == "channel"), root)
    found = [element for element in root.iter() if _name(element) in FEED_ENTRIES]
    return {
        "title": _child_text(channel, "title"),
        "entries": [_entry(element, url) for element in found[:limit]],
        "total": len(found),
    }


def results(limit: int) -> list[dict[str, object]]:
    """What DuckDuckGo's page for browsers without scripts found."""
    soup = _soup(Path(PAGE).read_bytes(), "utf-8")
    found = []
    for box in soup.select(".result"):
        anchor, snippet = box.select_one("a.result__a"), box.select_one(".result__snippet")
        if anchor is None or "result--ad" in (box.get("class") or []):
            continue
        address = _behind(urljoin("https://duckduckgo.com/", str(anchor.get("href", ""))))
        if address is not None:
            words = _line(snippet.get_text(" ")) if snippet else ""
            found.append({"title": _line(anchor.get_text(" ")), "url": address, "text": words})
    return found[:limit]


def _behind(address: str) -> str | None:
    """The address that one of DuckDuckGo's links leads to; None for an advertisement."""
    parts = urlsplit(address)
    if parts.hostname and parts.hostname.endswith("duckduckgo.com"):
        return next(iter(parse_qs(parts.query).get("uddg", [])), None) if parts.path == "/l/" else None
    return address


def _soup(content: bytes, charset: str) -> BeautifulSoup:
    try:
        return BeautifulSoup(content, "lxml", from_encoding=charset or None)
    except LookupError:
        return BeautifulSoup(content, "lxml")


def _declared(content: bytes) -> str:
    """What a page says of its character set, or what its bytes say."""
    found = EncodingDetector.find_declared_encoding(content, is_html=True)
    if found:
        return found
    try:
        content.decode()
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _decoded(content: bytes, charset: str) -> str:
    try:
        return content.decode(charset or "utf-8", errors="replace")
    except LookupError:
        return content.decode("utf-8", errors="replace")


def _root(page: str) -> etree._Element | None:
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(page.encode("utf-8", errors="replace"), parser)
    except etree.XMLSyntaxError:
        return None


def _title(soup: BeautifulSoup) -> str | None:
    return (_line(soup.title.get_text())[:LONGEST_TITLE] or None) if soup.title else None


def _description(root: etree._Element) -> str:
    for name in ("name", "property"):
        for meta in root.iterfind(f".//meta[@{name}]"):
            if meta.get(name, "").lower() in ("description", "og:description") and meta.get("content"):
                return _line(meta.get("content", ""))[:LONGEST_SUMMARY]
    return ""


def _readable(root: etree._Element) -> str:
    body = root.find("body") if root.find("body") is not None else root
    for name in ("main", "article"):
        inner = list(root.iter(name))
        if len(inner) == 1 and sum(map(len, inner[0].itertext())) >= ENOUGH:
            body = inner[0]
            break
    return _laid_out("".join(_pieces(body)))


def _pieces(body: etree._Element) -> Iterator[str]:
    """The texts of a page in order, with a line end wherever a block begins or ends."""
    walk = etree.iterwalk(body, events=("start", "end"))
    verbatim = 0
    for event, element in walk:
        name = element.tag
        verbatim += (name == "pre") * (1 if event == "start" else -1)
        if name in BLOCKS:
            yield "\n"
        if event == "start" and (name in SILENT or (name in BESIDE and element is not body)):
            walk.skip_subtree()
        elif event == "start":
            yield f"{HEADINGS[name]} " if name in HEADINGS else "- " if name == "li" else ""
            yield _words(element.text, verbatim)
        elif element is not body:
            yield _words(element.tail, verbatim)


def _words(said: str | None, verbatim: int) -> str:
    return (said or "") if verbatim else re.sub(r"\s+", " ", said or "")


def _line(words: str) -> str:
    return " ".join(words.split())


def _laid_out(words: str) -> str:
    lines = (line.rstrip() for line in words.replace("\xa0", " ").split("\n"))
    told = "\n".join(line for line in lines if line.strip() not in ("", "-", *HEADINGS.values()))
    return told.strip()


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _child_text(element: etree._Element, *names: str) -> str | None:
    for child in element:
        if _name(child) in names:
            return _line("".join(child.itertext())) or None
    return None


def _entry(element: etree._Element, url: str) -> dict[str, object]:
    link = _child_text(element, "link")
    for child in element:
        if _name(child) == "link" and child.get("href") and child.get("rel", "alternate") == "alternate":
            link = child.get("href")
    summary = _child_text(element, "description", "summary", "content") or ""
    return {
        "title": (_child_text(element, "title") or "")[:LONGEST_TITLE],
        "url": urljoin(url, link) if link else None,
        "published": _child_text(element, "pubDate", "published", "updated", "date"),
        "summary": _line(BeautifulSoup(summary, "lxml").get_text(" "))[:LONGEST_SUMMARY],
    }
