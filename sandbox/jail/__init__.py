"""The jail: what confines code that nobody vouches for."""
