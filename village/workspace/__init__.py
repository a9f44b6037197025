"""A person's files: metadata in the database, bytes in object storage."""
