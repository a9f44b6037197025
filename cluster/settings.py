"""Every setting, with what it means. Values come from environment variables; nothing else reads the environment."""

import difflib
import os
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as NotJson

from cluster.errors import SettingsError
from cluster.training_prices import TrainingPrices

PREFIX = "APEX_"
Port = Annotated[int, Field(ge=1, le=65535)]


class Settings(BaseSettings):
    """What an operator can set. An empty environment is a working one."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, use_attribute_docstrings=True, frozen=True, populate_by_name=True, extra="forbid"
    )

    home: Path = Path("~/.apexaurum")
    """Data folder: database, event log, objects, secrets, logs."""
    host: str = "127.0.0.1"
    """Address that the page and the API listen on."""
    port: Port = 8000
    """Port of the page and the API."""
    public_url: str | None = None
    """URL that people reach this instance by, when it differs from http://host:port; https makes cookies secure."""

    database_url: SecretStr | None = None
    """PostgreSQL with pgvector, in place of the embedded one. The owner's URL unless APEX_OWNER_DATABASE_URL is set."""
    owner_database_url: SecretStr | None = None
    """The schema owner's URL, used by `apex migrate` only; APEX_DATABASE_URL is then the application role's."""
    redis_url: SecretStr | None = None
    """Redis 7 or Valkey 8 and newer, in place of the embedded one."""
    objects_url: str | None = None
    """Object storage as an fsspec URL (s3://bucket/prefix, file:///folder), in place of a folder in APEX_HOME."""
    ray_address: str | None = Field(default=None, validation_alias=AliasChoices("RAY_ADDRESS", "ray_address"))
    """A running Ray cluster (host:port), in place of a local one."""

    anthropic_api_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("ANTHROPIC_API_KEY", "anthropic_api_key")
    )
    """Key for the Anthropic models; without it the local model answers."""
    anthropic_base_url: str | None = Field(
        default=None, validation_alias=AliasChoices("ANTHROPIC_BASE_URL", "anthropic_base_url")
    )
    """Any server that speaks the Anthropic Messages API, in place of Anthropic's."""
    local_model: str = "packaged"
    """`packaged` for the small demo model, `off`, or the path of a GGUF file."""
    scripted_model: bool = False
    """Offer the scripted model: for demos, tests and load."""
    default_model: str | None = None
    """Model of new conversations; else the best one that is offered."""

    embedder_url: str | None = None
    """A server's OpenAI-compatible API (https://host/v1) that makes the vectors of memories, not the packaged model."""
    embedder_key: SecretStr | None = None
    """The embedder's key."""
    embedder_model: str | None = None
    """Name of the embedder's model; realms move to its vectors as they are written to, and answer meanwhile."""

    search_provider: Literal["duckduckgo", "searxng", "brave", "tavily", "off"] = "duckduckgo"
    """Who searches the web for agents; `brave` and `tavily` need APEX_SEARCH_KEY, `searxng` APEX_SEARCH_URL."""
    search_url: str | None = None
    """URL that searches are sent to: of your SearXNG server, or in place of the provider's own; it may be private."""
    search_key: SecretStr | None = None
    """The search provider's key."""
    mcp_private_urls: str = ""
    """URLs of MCP servers in your own network that people may add, divided by spaces; others have to be public."""
    training_prices: TrainingPrices | None = None
    """What training models costs, for estimates, as JSON with the day of the prices; without it none has a price."""

    suno_api_key: SecretStr | None = None
    """Key of sunoapi.org, or of what speaks like it: agents are then offered the tools that have music made."""
    suno_url: str = "https://api.sunoapi.org"
    """URL of the music provider; it may be private."""
    suno_upload_url: str = "https://sunoapiorg.redpandaai.co"
    """URL that recordings are uploaded to for the music provider; it gets the same key."""

    camera_urls: str | None = None
    """Snapshot or MJPEG URLs of cameras, divided by spaces, numbered from 0; they may be private."""
    camera_login: SecretStr | None = None
    """Name and password for the cameras, divided by a colon (HTTP Basic)."""
    hailo_url: str | None = None
    """URL of a vision server that speaks like CodeProject.AI (http://host:32168), beside a Hailo accelerator."""

    eeg_port: str | None = None
    """Serial port of an OpenBCI Cyton (/dev/ttyUSB0), or tcp://host:port of one on the network."""
    together_api_key: SecretStr | None = None
    """Key of Together (api.together.xyz): agents are then offered the tools that have models trained there."""
    replicate_api_token: SecretStr | None = None
    """Token of Replicate (api.replicate.com): agents are then offered the tools that have models trained there."""

    jwt_secret: SecretStr | None = None
    """Key that access and refresh tokens are signed with; made and kept in APEX_HOME when absent."""
    hosts: Annotated[int, Field(ge=0, le=512)] = 0
    """Warm hosts for actors; 0 for one for each processor."""
    most_hosts: Annotated[int, Field(ge=0, le=10_000)] = 0
    """Hosts that the fleet may grow to under load, with more Ray nodes where Ray's autoscaler runs; 0: no growth."""
    shrink_seconds: Annotated[float, Field(gt=0)] = 300.0
    """How long (seconds) the load must be low before a host that was added for it leaves."""
    actors_per_host: Annotated[int, Field(ge=1)] = 5000
    """Most actors in one host; 1 gives each actor a Ray actor of its own, named after it."""
    idle_seconds: Annotated[float, Field(gt=0)] = 60.0
    """An actor without messages for this long (seconds) is put away."""
    turns_per_host: Annotated[int, Field(ge=1)] = 2000
    """Turns that one host works on at once; those that wait are begun by fair share over users."""
    turns_waiting: Annotated[int, Field(ge=1)] = 1000
    """Turns that wait in one host before it refuses more (503), shared fairly between users."""
    turns_per_user: Annotated[int, Field(ge=1)] = 2000
    """Turns of one user that may be unfinished, over all conversations."""
    lease_seconds: Annotated[float, Field(ge=1)] = 10.0
    """How long (seconds) a host may go unheard before its actors are woken elsewhere."""
    quarantine_hosts: Annotated[int, Field(ge=0, le=512)] = 8
    """Conversations suspected of killing their host that have a host of their own at once; 0 for none."""
    turn_seconds: Annotated[float, Field(gt=0)] = 14400.0
    """Longest that one answer may be worked on (seconds), by all hosts together, waiting for a person not counted."""
    turn_silence_seconds: Annotated[float, Field(gt=0)] = 300.0
    """Longest that one answer may go without a token, a step or a tool's result (seconds)."""
    approval_seconds: Annotated[float, Field(gt=0)] = 86400.0
    """How long a tool that needs a person's approval waits for it (seconds); no answer means no."""
    turn_tokens: Annotated[int, Field(ge=1)] = 5_000_000
    """Most tokens that one answer may use, read and written, over all its steps."""
    agent_usd: Annotated[Decimal, Field(gt=0)] = Decimal(1)
    """What an agent and all that it makes may cost (US dollars), unless its maker says otherwise."""
    agent_tokens: Annotated[int, Field(ge=1)] = 2_000_000
    """Tokens that an agent and all that it makes may use, unless its maker says otherwise."""
    agent_seconds: Annotated[float, Field(gt=0)] = 3600.0
    """How long an agent may take (seconds), unless its maker says otherwise."""
    agent_agents: Annotated[int, Field(ge=0)] = 20
    """Agents that may be made below one agent, in all, unless its maker says otherwise."""
    agent_depth: Annotated[int, Field(ge=0, le=8)] = 2
    """Levels of agents below one agent, unless its maker says otherwise."""
    agent_fan_out: Annotated[int, Field(ge=0)] = 8
    """Agents that one agent may have at work at once, unless its maker says otherwise."""
    swarm_usd: Annotated[Decimal, Field(gt=0)] = Decimal(10)
    """What a swarm or a council may cost (US dollars), unless its maker says otherwise."""
    swarm_tokens: Annotated[int, Field(ge=1)] = 50_000_000
    """Tokens that a swarm or a council may use, unless its maker says otherwise."""
    swarm_seconds: Annotated[float, Field(gt=0)] = 86400.0
    """How long a swarm or a council may take (seconds), unless its maker says otherwise."""
    gateways: Annotated[int, Field(ge=1, le=64)] = 1
    """Replicas of the door."""

    trusted_proxies: Annotated[int, Field(ge=0, le=10)] = 0
    """Reverse proxies of yours in front, each of which appends to X-Forwarded-For; 0 ignores that header."""
    max_body_bytes: Annotated[int, Field(ge=1024)] = 12 * 1024 * 1024
    """Largest HTTP body (bytes)."""
    max_message_chars: Annotated[int, Field(ge=1)] = 200_000
    """Longest message a person can send (characters)."""
    messages_per_minute: Annotated[int, Field(ge=1)] = 120
    """Messages a user can send in a minute, and at once."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """How much the processes log."""
    log_format: Literal["text", "json"] = "text"
    """`json` writes each line of the logs as an object with the ids of its actor, turn and conversation."""
    otlp_endpoint: str | None = None
    """URL of an OTLP/HTTP receiver (http://collector:4318) that traces of messages go to; none are made without it."""
    trace_content: bool = False
    """Traces hold what models read and say, too."""
    dashboard_url: str | None = None
    """URL at which administrators reach the Ray dashboard; with a local Ray it is known."""

    @classmethod
    def load(cls) -> Self:
        """Read the environment. Raises SettingsError that names each unknown or wrong variable and what to do."""
        known = {PREFIX + name.upper() for name in cls.model_fields}
        for name in sorted(os.environ):
            if name.startswith(PREFIX) and name not in known:
                close = difflib.get_close_matches(name, known, n=1)
                hint = f"; did you mean {close[0]}?" if close else ""
                raise SettingsError(f"{name} is not a setting{hint} The README lists all settings.")
        try:
            settings = cls()
        except ValidationError as error:
            lines = (f"{variable_of(str(e['loc'][0]))}: {e['msg']}" for e in error.errors() if e["loc"])
            raise SettingsError("; ".join(lines)) from error
        except NotJson as error:
            name = str(error).partition('"')[2].partition('"')[0]
            raise SettingsError(f"{variable_of(name)}: this is not JSON") from error
        return settings.model_copy(update={"home": settings.home.expanduser().absolute()})

    @property
    def url(self) -> str:
        """Where people reach the page, without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


def variable_of(field: str) -> str:
    """The environment variable of a field or an alias."""
    return field if field.isupper() else PREFIX + field.upper()
