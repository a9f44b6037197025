"""The SQL of workspaces, by noun."""
