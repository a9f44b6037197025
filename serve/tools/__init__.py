"""Tools at the door: lists of them, and runs that a client asks for."""
