"""What carries actors."""
