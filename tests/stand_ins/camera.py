"""A camera on the network: a snapshot at one address, an endless MJPEG stream at another."""

import asyncio
import base64

from tests.sandbox.internet import answer

SITE = "http://camera.test:8002"
URLS = f"{SITE}/snapshot.jpg {SITE}/stream.mjpg"
LOGIN = base64.b64encode(b"apex:sesame").decode()
PICTURE = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYV"
    "pQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wAARCABA"
    "AGADASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhBy"
    "JxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKT"
    "lJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAA"
    "AAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRom"
    "JygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExc"
    "bHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwDMooorxj6oKKKKACiiigAooooAKKKKACiiigAooooAKKKKACii"
    "igAooooAKKKKACiiigAooooAKKKKACiiigAooooAKKKKACiiigAooooAKKKKACiiigAooooAKKKKACiiigD/2Q=="
)
"""96 by 64 pixels."""


class Camera:
    """`sends` is the picture; `states_length` whether the stream's parts say how long they are."""

    def __init__(self) -> None:
        self.sends = PICTURE
        self.states_length = True

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        head = await reader.readuntil(b"\r\n\r\n")
        if f"authorization: basic {LOGIN}".lower().encode() not in head.lower():
            writer.write(answer(b"who are you?", status="401 Unauthorized"))
        elif b" /snapshot.jpg " in head:
            writer.write(answer(self.sends, kind="image/jpeg"))
        else:
            await self._stream(writer)
        await writer.drain()

    async def _stream(self, writer: asyncio.StreamWriter) -> None:
        """Pictures until nobody looks any more."""
        writer.write(b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n")
        length = f"Content-Length: {len(self.sends)}\r\n" if self.states_length else ""
        part = f"--frame\r\nContent-Type: image/jpeg\r\n{length}\r\n".encode() + self.sends + b"\r\n"
        while not writer.is_closing():
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.005)
