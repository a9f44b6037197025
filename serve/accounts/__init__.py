"""Accounts: passwords, tokens, socket tickets, and what the database keeps of them."""
