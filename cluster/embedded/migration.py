"""`apex migrate`: the schema's migration by itself, on the set database or on the embedded one."""

from pydantic import SecretStr

from cluster.embedded.home import Home
from cluster.embedded.outside import prepare_database
from cluster.embedded.parts import DATABASE
from cluster.embedded.postgres import PostgresServer
from cluster.embedded.progress import Progress
from cluster.settings import Settings


async def migrate_once(settings: Settings, home: Home, progress: Progress) -> None:
    """Migrate, and say what was done. The embedded database is started for it and stopped again."""
    server: PostgresServer | None = None
    try:
        if settings.database_url is None:
            server = PostgresServer(home.path / "postgres", password=home.secret("postgres"))
            with progress.step("starting PostgreSQL"):
                server.start()
            settings = settings.model_copy(update={"database_url": SecretStr(server.url(DATABASE))})
        with progress.step("migrating"):
            _, done = await prepare_database(settings, secret=home.secret("login"), embedded=server is not None)
        progress.say(f"  {done}")
    finally:
        if server is not None:
            server.stop()
