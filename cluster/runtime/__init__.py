"""Virtual actors: identity, placement, fencing and delivery, on an event loop or on Ray."""
