"""Whether the real systems that settings name can be used: asked before anything is built on them."""

import asyncio
import uuid
from urllib.parse import urlsplit

from pydantic import SecretStr
from redis import AuthenticationError, RedisError, ResponseError
from redis.asyncio import Redis

from cluster.clients.objects import Objects
from cluster.errors import SettingsError, Unavailable
from cluster.ids import UserId
from cluster.migrations.apply import connect, migrate, without_password
from cluster.migrations.roles import Login, why_unfit
from cluster.settings import Settings

OLDEST_REDIS = 7


async def prepare_database(settings: Settings, *, secret: str, embedded: bool) -> tuple[Settings, str]:
    """Migrate, and answer settings whose database URL is the application's, with a word on what was done."""
    assert settings.database_url is not None
    url = settings.database_url.get_secret_value()
    if settings.owner_database_url is not None:
        done = await migrate(settings.owner_database_url.get_secret_value())
        await _check_role(url)
    else:
        login = Login.derive(urlsplit(url).path.lstrip("/"), secret)
        done = await migrate(url, login=login, create_database=embedded)
        settings = settings.model_copy(update={"database_url": SecretStr(login.url(url))})
    return settings, f"schema {done.before or 'empty'} -> {done.after}" if done.changed else f"schema {done.after}"


def prepare(settings: Settings, *, secret: str, embedded: bool) -> Settings:
    """Check every outside system, migrate, and answer the settings that the application runs with."""
    return asyncio.run(_prepare(settings, secret=secret, embedded=embedded))


async def _prepare(settings: Settings, *, secret: str, embedded: bool) -> Settings:
    assert settings.redis_url is not None
    redis_url = settings.redis_url.get_secret_value()
    settings, _ = await prepare_database(settings, secret=secret, embedded=embedded)
    await check_redis(redis_url)
    await check_objects(settings)
    return settings


async def check_redis(url: str) -> None:
    """Write and read. Raises SettingsError (password, version, not a URL) or Unavailable."""
    shown = without_password(url)
    try:
        client: Redis = Redis.from_url(url, socket_connect_timeout=5)  # pyright: ignore[reportUnknownMemberType]
    except ValueError as error:
        raise SettingsError(f"{shown} is not a Redis URL: {error}; check APEX_REDIS_URL") from error
    try:
        info = await client.info("server")  # pyright: ignore[reportUnknownMemberType]
        version = str(info.get("valkey_version") or info["redis_version"])
        if int(version.partition(".")[0]) < OLDEST_REDIS:
            raise SettingsError(f"{shown} is version {version}; ApexAurum needs Redis 7 or Valkey 8 and newer")
    except (AuthenticationError, ResponseError) as error:
        raise SettingsError(f"{shown} refuses us: {error}; check APEX_REDIS_URL") from error
    except (RedisError, OSError) as error:
        raise Unavailable(f"{shown} does not answer: {error}; check APEX_REDIS_URL and the server") from error
    finally:
        await client.aclose()


async def check_objects(settings: Settings) -> None:
    """Write, read and delete an object. Raises SettingsError."""
    try:
        objects = Objects(settings)
        nobody = UserId(uuid.UUID(int=0))
        await objects.put(nobody, "probe", b"probe")
        await objects.get(nobody, "probe")
        await objects.delete(nobody, "probe")
    except Exception as error:
        # Each store behind fsspec has errors of its own.
        raise SettingsError(
            f"objects cannot be kept in {settings.objects_url}: {type(error).__name__}: {error}; check APEX_OBJECTS_URL"
        ) from error


async def _check_role(url: str) -> None:
    conn = await connect(url)
    try:
        why = await why_unfit(conn)
    finally:
        await conn.close()
    if why:
        raise SettingsError(f"APEX_DATABASE_URL must name the application's role, but {why}")
