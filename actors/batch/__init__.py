"""Works off a file of tasks through the door of a running instance, as one of its users."""
