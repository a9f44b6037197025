"""The agents of a village: who they are, and how they come to be."""
