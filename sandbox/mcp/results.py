"""What a tool of an MCP server answered, as the text that a model reads."""

import mcp_types as mcp
import orjson

from sandbox.errors import ToolFailed

MOST_CHARS = 48_000
"""Of one result; the rest is cut, and says so."""


def text_of(result: mcp.CallToolResult) -> str:
    """The result as text. Raises ToolFailed with it, if it says that it is an error."""
    parts = [_part(part) for part in result.content]
    if not any(parts) and result.structured_content is not None:
        parts = [orjson.dumps(result.structured_content, default=str).decode()]
    text = cut("\n\n".join(filter(None, parts)))
    if result.is_error:
        raise ToolFailed(text or "The server says that this failed, and not why.")
    return text or "The server answered nothing."


def cut(text: str) -> str:
    """At most as much as a model is given."""
    if len(text) <= MOST_CHARS:
        return text
    return f"{text[:MOST_CHARS]}\n[cut here: {len(text) - MOST_CHARS} more characters]"


def _part(part: mcp.ContentBlock) -> str:
    match part:
        case mcp.TextContent():
            return part.text
        case mcp.ImageContent() | mcp.AudioContent():
            return f"[{part.type}, {part.mime_type[:100]}, {len(part.data) * 3 // 4} bytes: not shown]"
        case mcp.ResourceLink():
            return f"[{part.name[:200]}: {part.uri[:2000]}]"
        case mcp.EmbeddedResource():
            return _resource(part.resource)


def _resource(resource: mcp.TextResourceContents | mcp.BlobResourceContents) -> str:
    if isinstance(resource, mcp.TextResourceContents):
        return resource.text
    return f"[{resource.uri[:2000]}, {len(resource.blob) * 3 // 4} bytes: not shown]"
