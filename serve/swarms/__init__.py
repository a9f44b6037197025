"""What the routes of swarms are made of: what is asked for, how rows look, and results as they come."""
