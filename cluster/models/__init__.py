"""Chat models behind one protocol: Anthropic, the packaged local model, and scripts."""
