"""What the conversation routes are made of: the state a client opens with, changes, exports, cursors."""
