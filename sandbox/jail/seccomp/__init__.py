"""The filter that decides which system calls a jailed process may make."""
