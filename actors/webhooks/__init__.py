"""Webhooks: tells other servers, signed, that work is over."""
