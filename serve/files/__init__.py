"""What the routes of a person's files are made of."""
