"""One numbered log of events for each channel, kept in Redis Streams."""
