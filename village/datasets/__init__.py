"""Collections of texts, searched by words."""
