"""The small process that builds one jail, watches it and buries it. Stdlib only: it starts without site-packages."""
