"""What lives on between the calls of a conversation: who finds it again, and when it ends because nobody uses it."""
