"""Where bytes arrive at a host, on every runtime: reads the message, or refuses what only newer code can read."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from cluster.runtime.delivery.delivery import Way
from cluster.runtime.envelope import TooNew, decode_message, encode_reply
from cluster.runtime.hosts.host import Host


async def receive(host: Host, way: Way, data: bytes) -> bytes:
    """Give a host's actor a message; answers the reply."""
    try:
        message = decode_message(data)
    except TooNew as error:
        return encode_reply(host.refuse(error.actor))
    return encode_reply(await (host.ask(message) if way == "ask" else host.tell(message)))


async def receive_stream(host: Host, data: bytes) -> AsyncGenerator[bytes]:
    """Give a host's actor a message that has many replies."""
    try:
        message = decode_message(data)
    except TooNew as error:
        yield encode_reply(host.refuse(error.actor))
        return
    async with aclosing(host.stream(message)) as replies:
        async for reply in replies:
            yield encode_reply(reply)
