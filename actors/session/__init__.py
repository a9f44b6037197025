"""A conversation's live presence: takes commands, runs turns one after another."""
