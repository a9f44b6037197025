"""The door in other protocols' words: Anthropic's Messages, OpenAI's chat completions, AG-UI."""
