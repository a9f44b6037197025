"""What a tool is given of the web: the guard, and whom to ask when it searches."""

from dataclasses import dataclass, field, replace
from typing import Literal

from sandbox.egress.guard import Guard
from sandbox.egress.targets import operators_target

ProviderName = Literal["duckduckgo", "searxng", "brave", "tavily", "off"]


@dataclass(frozen=True, kw_only=True)
class Search:
    """The search engine that the operator chose."""

    provider: ProviderName = "duckduckgo"
    url: str | None = None
    """Where it is asked, in place of its own address."""
    key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Web:
    """The way to the web for tools."""

    guard: Guard = field(default_factory=Guard)
    search: Search = field(default_factory=Search)
    mcp_servers: frozenset[tuple[str, str, int]] = field(default_factory=frozenset[tuple[str, str, int]])
    """Origins of MCP servers that the operator vouches for."""

    @property
    def mcp_guard(self) -> Guard:
        """The guard for MCP servers: it lets through to those that the operator named, wherever they are."""
        return replace(self.guard, vouched_for=self.mcp_servers)

    @property
    def search_guard(self) -> Guard:
        """The guard for searches: it lets through to the operator's own engine, wherever that is."""
        if self.search.url is None:
            return self.guard
        return replace(self.guard, vouched_for=frozenset({operators_target(self.search.url).origin}))
