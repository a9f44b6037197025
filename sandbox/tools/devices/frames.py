"""Takes one picture from a camera on the network: a snapshot URL, or the first picture of an MJPEG stream."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace

import h11

from sandbox.egress.errors import Unreachable
from sandbox.egress.exchange import MIB, Request, headers_of
from sandbox.egress.targets import operators_target
from sandbox.errors import ToolFailed
from sandbox.tool import ToolContext

SECONDS, LARGEST = 15.0, 16 * MIB
CHUNK = 64 * 1024


def addresses(context: ToolContext) -> Sequence[str]:
    """The cameras' URLs, by their numbers."""
    return context.equipment.at("camera").where.split()


async def frame(context: ToolContext, camera: int) -> bytes:
    """A picture, as the camera sends it. Raises ToolFailed or Unreachable."""
    known = addresses(context)
    if camera >= len(known):
        raise ToolFailed(f"There is no camera {camera}; there are {len(known)}, from 0.")
    key = context.equipment.at("camera").key
    headers = {"Accept": "image/jpeg, multipart/x-mixed-replace"}
    if key is not None:
        headers["Authorization"] = f"Basic {key}"
    target = operators_target(known[camera])
    request = Request(target=target, headers=headers)
    guard = replace(context.web.guard, vouched_for=frozenset({target.origin}))
    try:
        async with asyncio.timeout(SECONDS):
            reader, writer = await guard.connect(target)
            try:
                return await _read(request, reader, writer)
            finally:
                writer.transport.abort()
    except TimeoutError:
        raise Unreachable(f"The camera sent no picture within {SECONDS:g} seconds.") from None
    except (h11.RemoteProtocolError, OSError):
        raise Unreachable("The camera broke off, or does not speak HTTP.") from None


async def _read(request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    http = h11.Connection(h11.CLIENT)
    head = h11.Request(method="GET", target=request.target.path, headers=list(headers_of(request)))
    writer.write((http.send(head) or b"") + (http.send(h11.EndOfMessage()) or b""))
    events = _events(http, reader)
    answered = await anext(events)
    if not isinstance(answered, h11.Response) or answered.status_code != 200:
        status = answered.status_code if isinstance(answered, h11.Response) else "none"
        raise ToolFailed(f"The camera does not give a picture (status {status}).")
    kind = {name.decode(): value.decode("latin-1") for name, value in answered.headers}.get("content-type", "")
    stream = kind.lower().startswith("multipart/x-mixed-replace")
    body = bytearray()
    async for event in events:
        if not isinstance(event, h11.Data):
            break
        body += event.data
        part = first_part(bytes(body)) if stream else None
        if part is not None:
            return part
        if len(body) > LARGEST:
            raise ToolFailed(f"The camera's picture is larger than {LARGEST // MIB} MiB.")
    if stream or not body:
        raise ToolFailed("The camera sent no whole picture.")
    return bytes(body)


async def _events(http: h11.Connection, reader: asyncio.StreamReader) -> AsyncIterator[object]:
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            http.receive_data(await reader.read(CHUNK))
        else:
            yield event
            if not isinstance(event, h11.Data | h11.Response | h11.InformationalResponse):
                return


def first_part(body: bytes) -> bytes | None:
    """The first whole picture of a multipart stream: as long as its header says, or up to the next boundary."""
    head, found, rest = body.lstrip(b"\r\n").partition(b"\r\n\r\n")
    if not found:
        return None
    boundary, *lines = head.split(b"\r\n")
    length = _headers(lines).get(b"content-length", b"")
    if length.isdigit():
        return rest[: int(length)] if len(rest) >= int(length) else None
    picture, ended, _ = rest.partition(b"\r\n" + boundary)
    return picture if ended else None


def _headers(lines: Sequence[bytes]) -> Mapping[bytes, bytes]:
    return {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
