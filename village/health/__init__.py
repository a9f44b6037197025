"""How well a realm's memory is kept: what nobody reads, what stands there twice, and merging it."""
