"""MCP: our tools, agents and realms for other people's programs."""
