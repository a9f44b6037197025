"""Puts together what a tool may use on a user's behalf."""

from collections.abc import Collection, Sequence

from actors.equipment import equipment_of, offered
from actors.stores import approvals
from cluster.clients.postgres import Connection
from cluster.ids import ConversationId, UserId
from cluster.services import Clients, Services
from cluster.settings import Settings
from sandbox.egress.targets import operators_target
from sandbox.egress.web import Search, Web
from sandbox.notebook.on_ray import process_kernels
from sandbox.policy import rules_of
from sandbox.pool import ProcessRunner
from sandbox.tool import Tool, ToolContext
from sandbox.tools.browser.on_ray import process_browsers
from sandbox.tools.devices.eeg.boards import process_boards
from village.who import ASSISTANT
from village.workspace.workspace import Workspace


def context_of(
    clients: Clients,
    user: UserId,
    conversation: ConversationId | None,
    *,
    agent: str = ASSISTANT,
    off: Collection[str] = (),
    beside: Sequence[Tool] = (),
) -> ToolContext:
    """The context of a tool that a user's agent, or the user in person, runs. `off`: see `switched_off`.

    `beside` are the tools of the user's MCP servers.
    """
    services = clients if isinstance(clients, Services) else None
    tools = offered(clients.settings).beside(beside)
    return ToolContext(
        user=user,
        conversation=conversation,
        db=clients.db,
        files=Workspace(clients.db, clients.objects, user),
        runner=ProcessRunner(),
        kernels=process_kernels(),
        browsers=process_browsers(),
        web=web_of(clients.settings),
        agent=agent,
        services=services,
        training_prices=clients.settings.training_prices,
        library={name: tool for name, tool in tools.by_name.items() if name not in off},
        equipment=equipment_of(clients.settings),
        eeg=process_boards(),
    )


async def switched_off(conn: Connection) -> Collection[str]:
    """The tools that the user does not want to be called, at this moment: no tool names one of them either."""
    rules = rules_of(await approvals.rules(conn))
    return frozenset(name for name, rule in rules.items() if rule == "never")


def web_of(settings: Settings) -> Web:
    """The way to the web that the operator set up."""
    key = settings.search_key
    return Web(
        search=Search(
            provider=settings.search_provider, url=settings.search_url, key=key.get_secret_value() if key else None
        ),
        mcp_servers=frozenset(operators_target(url).origin for url in settings.mcp_private_urls.split()),
    )
