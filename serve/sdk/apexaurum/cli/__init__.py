"""The command `apexaurum`."""
