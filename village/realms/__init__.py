"""Realms: whose memory it is."""
