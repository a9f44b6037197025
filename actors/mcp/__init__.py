"""The MCP servers that a person has added: what agents are offered of them."""
