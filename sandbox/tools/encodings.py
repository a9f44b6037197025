"""Turns texts into their encoded forms and back, and into digests: letter for letter, where models guess."""

import base64
import hashlib
import zlib
from collections.abc import Callable, Mapping
from typing import Annotated, Literal
from urllib.parse import quote, quote_plus, unquote_to_bytes, urlencode, urlsplit

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.tool import Example, ToolContext, tool
from sandbox.tools.texts import MAX_CHANGED, MAX_COUNTED, PURE

Text = Annotated[str, Field(max_length=MAX_COUNTED)]
Shown = Annotated[str, Field(max_length=MAX_CHANGED // 3)]
"""Text that may become three times as long."""
Algorithm = Literal["sha256", "sha512", "sha384", "sha224", "sha1", "md5", "sha3_256", "sha3_512", "blake2b", "crc32"]
Digest = Callable[[bytes], bytes]
DIGESTS: Mapping[Algorithm, Digest] = {
    "sha256": lambda data: hashlib.sha256(data).digest(),
    "sha512": lambda data: hashlib.sha512(data).digest(),
    "sha384": lambda data: hashlib.sha384(data).digest(),
    "sha224": lambda data: hashlib.sha224(data).digest(),
    "sha1": lambda data: hashlib.sha1(data, usedforsecurity=False).digest(),
    "md5": lambda data: hashlib.md5(data, usedforsecurity=False).digest(),
    "sha3_256": lambda data: hashlib.sha3_256(data).digest(),
    "sha3_512": lambda data: hashlib.sha3_512(data).digest(),
    "blake2b": lambda data: hashlib.blake2b(data).digest(),
    "crc32": lambda data: zlib.crc32(data).to_bytes(4, "big"),
}


@tool(
    category="string",
    facts=PURE,
    example=Example(
        arguments={"text": "abc"},
        result={
            "algorithm": "sha256",
            "digest": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "bytes_hashed": 3,
        },
    ),
)
async def hash_text(
    context: ToolContext,
    *,
    text: Annotated[Text, "What to hash, as UTF-8"],
    algorithm: Annotated[Algorithm, "md5, sha1 and crc32 only for what is no secret"] = "sha256",
    encoding: Annotated[Literal["hex", "base64"], "How to write the digest"] = "hex",
) -> dict[str, object]:
    """Compute the SHA-256, MD5 or another digest of a text."""
    data = text.encode()
    digest = DIGESTS[algorithm](data)
    written = digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()
    return {"algorithm": algorithm, "digest": written, "bytes_hashed": len(data)}


@tool(
    category="string",
    facts=PURE,
    example=Example(arguments={"text": "Grüße"}, result={"result": "R3LDvMOfZQ==", "bytes": 7}),
)
async def base64_encode(
    context: ToolContext,
    *,
    text: Annotated[Annotated[str, Field(max_length=MAX_CHANGED // 4)], "What to encode, as UTF-8"],
    url_safe: Annotated[bool, "With - and _ instead of + and /"] = False,
    padding: Annotated[bool, "Whether to fill up with ="] = True,
) -> dict[str, object]:
    """Encode a text in Base64 (RFC 4648)."""
    data = text.encode()
    made = (base64.urlsafe_b64encode(data) if url_safe else base64.b64encode(data)).decode()
    return {"result": made if padding else made.rstrip("="), "bytes": len(data)}


@tool(
    category="string",
    facts=PURE,
    example=Example(arguments={"data": "R3LDvMOfZQ"}, result={"text": "Grüße", "bytes": 7}),
)
async def base64_decode(
    context: ToolContext,
    *,
    data: Annotated[Annotated[str, Field(max_length=MAX_CHANGED)], "Base64, of either alphabet, padded or not"],
) -> dict[str, object]:
    """Decode Base64 (RFC 4648) to text; what is no UTF-8 comes back in hexadecimal."""
    plain = "".join(data.split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        made = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError as error:
        raise ToolFailed("This is no Base64: a letter is wrong, or some are missing.") from error
    try:
        return {"text": made.decode(), "bytes": len(made)}
    except UnicodeDecodeError:
        return {"text": None, "hex": made.hex()[:MAX_CHANGED], "bytes": len(made)}


@tool(
    category="string",
    facts=PURE,
    example=Example(arguments={"text": "tea & cake/1"}, result={"result": "tea%20%26%20cake%2F1"}),
)
async def url_encode(
    context: ToolContext,
    *,
    text: Annotated[Shown | None, "What to encode"] = None,
    parameters: Annotated[
        dict[Annotated[str, Field(max_length=200)], Annotated[str, Field(max_length=2000)]] | None,
        Field(max_length=50),
        "Or names and values, to make a query string of",
    ] = None,
    keep: Annotated[str, Field(max_length=50), "Letters to leave as they are, such as /"] = "",
    plus: Annotated[bool, "Write spaces as +, as forms do"] = False,
) -> dict[str, object]:
    """Percent-encode a text for a URL (RFC 3986), or make a query string of parameters."""
    if (text is None) == (parameters is None):
        raise ToolFailed("Give either text or parameters.")
    safe = "".join(letter for letter in keep if letter.isascii())
    if parameters is not None:
        return {"result": urlencode(parameters, safe=safe, quote_via=quote_plus if plus else quote)}
    made = quote((text or "").encode(), safe=safe + " " if plus else safe)
    return {"result": made.replace(" ", "+") if plus else made}


@tool(
    category="string",
    facts=PURE,
    example=Example(arguments={"text": "tea%20%26%20cake"}, result={"result": "tea & cake"}),
)
async def url_decode(
    context: ToolContext,
    *,
    text: Annotated[Annotated[str, Field(max_length=MAX_CHANGED)], "What is percent-encoded"],
    plus: Annotated[bool, "Whether + stands for a space, as in forms"] = False,
) -> dict[str, object]:
    """Decode a percent-encoded text."""
    data = unquote_to_bytes(text.replace("+", " ") if plus else text)
    try:
        return {"result": data.decode()}
    except UnicodeDecodeError as error:
        raise ToolFailed(f"What it stands for is no UTF-8: byte {error.start} is wrong.") from error


@tool(
    category="string",
    facts=PURE,
    example=Example(
        arguments={"url": "https://Example.com:8443/a%20b?x=1&x=2#top"},
        result={
            "scheme": "https",
            "host": "example.com",
            "port": 8443,
            "path": "/a b",
            "query": {"x": ["1", "2"]},
            "fragment": "top",
            "username": None,
            "is_absolute": True,
        },
    ),
)
async def url_parse(
    context: ToolContext, *, url: Annotated[str, Field(min_length=1, max_length=8000), "The address"]
) -> dict[str, object]:
    """Take a URL apart: scheme, host, port, path and query, decoded (RFC 3986). Passwords are left out."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise ToolFailed(f"This is no URL: {error}.") from error
    query: dict[str, list[str]] = {}
    for pair in filter(None, parts.query.split("&")):
        name, _, value = pair.partition("=")
        query.setdefault(_form_decoded(name), []).append(_form_decoded(value))
    return {
        "scheme": parts.scheme or None,
        "host": parts.hostname,
        "port": port,
        "path": _decoded(parts.path),
        "query": query,
        "fragment": _decoded(parts.fragment) or None,
        "username": _decoded(parts.username) if parts.username else None,
        "is_absolute": bool(parts.scheme and parts.netloc),
    }


def _decoded(text: str) -> str:
    return unquote_to_bytes(text).decode(errors="replace")


def _form_decoded(text: str) -> str:
    return _decoded(text.replace("+", " "))


ENCODING_TOOLS = (hash_text, base64_encode, base64_decode, url_encode, url_decode, url_parse)
