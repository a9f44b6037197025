"""The runtime on Ray: processes, names, nodes."""
