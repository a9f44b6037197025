"""`apex admin`: makes an account an administrator, whether the instance is up or not."""

from urllib.parse import urlsplit

from pydantic import SecretStr

from cluster.clients.postgres import Database
from cluster.embedded.files import held
from cluster.embedded.home import Home
from cluster.embedded.parts import DATABASE
from cluster.embedded.postgres import PostgresServer
from cluster.errors import NotFound
from cluster.migrations.roles import Login
from cluster.settings import Settings


async def appoint(settings: Settings, home: Home, email: str, *, admin: bool) -> None:
    """Give an account an administrator's rights, or take them away. Raises NotFound, SettingsError, Unavailable."""
    if settings.database_url is not None:
        return await _appoint(_as_application(settings, home, settings.database_url.get_secret_value()), email, admin)
    server = PostgresServer(home.path / "postgres", password=home.secret("postgres"))
    # While an instance runs the lock is its own, and so is the server: it is used, and left as it is.
    with held(home.lock, wait=False) as ours:
        server.start()
        try:
            await _appoint(_as_application(settings, home, server.url(DATABASE)), email, admin)
        finally:
            if ours:
                server.stop()


async def _appoint(settings: Settings, email: str, admin: bool) -> None:
    async with Database.open(settings, pool_size=1) as db, db.as_system() as conn:
        touched = await conn.execute("update users set admin = $2 where lower(email) = lower($1)", email, admin)
    if not touched:
        raise NotFound(f"there is no account with the email {email}; register it on the page first")


def _as_application(settings: Settings, home: Home, url: str) -> Settings:
    """The settings with the login that the instance itself uses."""
    if settings.owner_database_url is None:
        url = Login.derive(urlsplit(url).path.lstrip("/"), home.secret("login")).url(url)
    return settings.model_copy(update={"database_url": SecretStr(url)})
