"""Puts together what a tool may use on a user's behalf."""

from actors.toolset import TRUSTED_TOOLS
from cluster.ids import ConversationId, UserId
from cluster.services import Clients
from cluster.settings import Settings
from sandbox.egress.web import Search, Web
from sandbox.notebook.on_ray import process_kernels
from sandbox.pool import ProcessRunner
from sandbox.tool import ToolContext
from sandbox.tools.browser.on_ray import process_browsers
from village.workspace.workspace import Workspace


def context_of(clients: Clients, user: UserId, conversation: ConversationId | None) -> ToolContext:
    """The context of a tool that a user's agent, or the user in person, runs."""
    return ToolContext(
        user=user,
        conversation=conversation,
        db=clients.db,
        files=Workspace(clients.db, clients.objects, user),
        runner=ProcessRunner(),
        kernels=process_kernels(),
        browsers=process_browsers(),
        web=web_of(clients.settings),
        library=TRUSTED_TOOLS.by_name,
    )


def web_of(settings: Settings) -> Web:
    """The way to the web that the operator set up."""
    key = settings.search_key
    return Web(
        search=Search(
            provider=settings.search_provider, url=settings.search_url, key=key.get_secret_value() if key else None
        )
    )
