"""How much one user or one address may ask for: token buckets in Redis, shared by all replicas of the door.

A bucket holds `quota` tokens and fills in `window` seconds. When Redis does not answer, ordinary requests pass (a lost
counter must not stop people from reading) and guarded ones (login, registration) are refused.
"""

import asyncio
import logging
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from redis.exceptions import RedisError

from cluster.errors import Unavailable
from cluster.settings import Settings
from serve.errors import RateLimited

if TYPE_CHECKING:
    from redis.asyncio import Redis

log = logging.getLogger(__name__)
PATIENCE = 1.0
"""Seconds that a limit may cost when Redis is slow."""

TAKE = """
local quota, window, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1e6
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(kept[1]) or quota, tonumber(kept[2]) or now
tokens = math.min(quota, tokens + math.max(0, now - at) * quota / window)
local allowed, wait = 0, 0
if tokens >= cost then
    tokens, allowed = tokens - cost, 1
else
    wait = (cost - tokens) * window / quota
end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(window * 1000))
return {allowed, tostring(tokens), tostring(wait)}
"""


@dataclass(frozen=True, slots=True)
class Policy:
    """`quota` requests in `window` seconds, and at once. A guarded one refuses when it cannot count."""

    name: str
    quota: int
    window: float = 60.0
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a policy."""

    policy: Policy
    remaining: int

    def headers(self) -> dict[str, str]:
        """The RateLimit fields of draft-ietf-httpapi-ratelimit-headers (structured fields)."""
        policy = self.policy
        missing = policy.quota - self.remaining
        full_in = math.ceil(missing * policy.window / policy.quota)
        return {
            "RateLimit-Policy": f'"{policy.name}";q={policy.quota};w={math.ceil(policy.window)}',
            "RateLimit": f'"{policy.name}";r={self.remaining};t={full_in}',
        }


READ = Policy("requests", 1200)
"""All requests of one user, or of one address before it has signed in."""
REGISTER_BY_ADDRESS = Policy("register", 20, 600.0, guarded=True)
SIGN_IN_BY_ADDRESS = Policy("sign-in", 30, guarded=True)
SIGN_IN_BY_PAIR = Policy("sign-in-email", 10, 300.0, guarded=True)
"""One email from one address: a guesser locks out nobody who comes from elsewhere."""
SIGN_IN_BY_EMAIL = Policy("sign-in-account", 60, 600.0, guarded=True)
"""One email from everywhere."""
DEVICES_BY_ADDRESS = Policy("device", 20, 600.0, guarded=True)
DEVICES = Policy("devices", 600, 600.0, guarded=True)
"""Programs that begin to wait for a person, from everywhere."""
DEVICE_CODES = Policy("device-codes", 20, 600.0, guarded=True)
"""Codes of programs that one person looks at or decides on: nobody guesses one."""
UPLOAD = Policy("uploads", 60)
PIECES = Policy("pieces", 600)
"""Parts of files that come in pieces."""
FILE_SEARCHES = Policy("file-searches", 60)
"""Each reads up to 32 MiB of texts."""
RECALLS = Policy("recalls", 120)
"""Searches of the village's memory; each embeds a text."""
DATASET_SEARCHES = Policy("dataset-searches", 120)
COUNCILS = Policy("councils", 120)
SHARED_COUNCILS = Policy("shared-councils", 60, guarded=True)
"""Looks at what was shared, by people who are not signed in: guesses of tokens, too."""
TOOLS = Policy("tools", 120)
"""Tools that a person runs; what their agents run is bounded by the turns."""

MCP_CHECKS = Policy("mcp-servers", 30)
"""Each asks somebody's server for its tools, or starts one."""


class Limits:
    """The buckets."""

    def __init__(self, redis: "Redis", settings: Settings) -> None:
        self._take = redis.register_script(TAKE)
        self._messages = Policy("messages", settings.messages_per_minute)

    async def take(self, policy: Policy, who: str, cost: int = 1) -> Allowance | None:
        """Take from who's bucket. Raises RateLimited; answers None when Redis could not count."""
        key = f"limit:{policy.name}:{who}"
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await self._take(keys=[key], args=[policy.quota, policy.window, cost])
        except (RedisError, TimeoutError, OSError) as error:
            log.warning("limits are not counted: %s: %s", type(error).__name__, error)
            if policy.guarded:
                raise Unavailable("requests cannot be counted at the moment; try again shortly") from error
            return None
        allowed, tokens, wait = cast("list[Any]", answer)
        left = Allowance(policy, int(float(tokens)))
        if not allowed:
            told = f"{policy.name}: at most {policy.quota} in {policy.window:g} s"
            raise RateLimited(told, float(wait), left.headers())
        return left

    async def message(self, user: object) -> Allowance | None:
        """Take one message of a user's. Raises RateLimited."""
        return await self.take(self._messages, f"user:{user}")
