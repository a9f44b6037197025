"""What a person used: tokens, money and tools, as the ledger has it."""
