"""Other people's MCP servers as a source of tools."""
