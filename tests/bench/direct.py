"""The provider's wire without us: what a bare client of it sees."""

import time
from dataclasses import dataclass

import httpx
import orjson


@dataclass
class Streamed:
    """Seconds to the first token and to the end, and how many tokens came."""

    first_token: float
    end: float
    tokens: int


async def stream(http: httpx.AsyncClient, text: str, *, model: str) -> Streamed:
    """Ask the server behind `http` (a provider, or a relay of one) and read the stream to its end."""
    body = {
        "model": model,
        "max_tokens": 8192,
        "stream": True,
        "messages": [{"role": "user", "content": [{"type": "text", "text": text}]}],
    }
    began = time.perf_counter()
    first, parts = 0.0, 0
    async with http.stream("POST", "/v1/messages", json=body, headers={"x-api-key": "bench"}) as answer:
        answer.raise_for_status()
        async for line in answer.aiter_lines():
            if line.startswith("data:") and orjson.loads(line[5:])["type"] == "content_block_delta":
                first = first or time.perf_counter() - began
                parts += 1
    return Streamed(first, time.perf_counter() - began, parts)
