"""Our own programs that run inside a jail. They import the standard library, the jail's libraries, and each other."""
