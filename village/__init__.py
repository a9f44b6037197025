"""Floor 2: memory that agents keep and share."""
