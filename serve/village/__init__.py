"""The village as clients see it: what the routes of `serve/routes/village*.py` put together."""
