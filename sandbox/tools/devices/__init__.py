"""Cameras, accelerators and boards that an operator has set up."""
