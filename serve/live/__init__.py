"""Events on their way to clients: one tail of the log for each process, sockets and event streams on top of it."""
